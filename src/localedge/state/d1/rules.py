"""What D1 lets SQL do: SQLite's limits, and the statements, PRAGMAs and functions it refuses.

workerd refuses the same when it runs a D1 database itself (compared case by case); D1's limits:
https://developers.cloudflare.com/d1/platform/limits/, its PRAGMAs:
https://developers.cloudflare.com/d1/sql-api/sql-statements/.
"""

import sqlite3

MAX_SECONDS = 30.0
MAX_STATEMENT_BYTES = 100_000
LIMITS = {
    sqlite3.SQLITE_LIMIT_LENGTH: 2_200_000,
    sqlite3.SQLITE_LIMIT_SQL_LENGTH: MAX_STATEMENT_BYTES,
    sqlite3.SQLITE_LIMIT_COLUMN: 100,
    sqlite3.SQLITE_LIMIT_EXPR_DEPTH: 100,
    sqlite3.SQLITE_LIMIT_COMPOUND_SELECT: 5,
    sqlite3.SQLITE_LIMIT_FUNCTION_ARG: 32,
    sqlite3.SQLITE_LIMIT_ATTACHED: 0,
    sqlite3.SQLITE_LIMIT_LIKE_PATTERN_LENGTH: 50,
    sqlite3.SQLITE_LIMIT_VARIABLE_NUMBER: 100,
    sqlite3.SQLITE_LIMIT_TRIGGER_DEPTH: 10,
}
PRAGMAS = frozenset(
    "case_sensitive_like data_version defer_foreign_keys foreign_key_check foreign_key_list"
    " foreign_keys ignore_check_constraints index_info index_list index_xinfo"
    " legacy_alter_table optimize quick_check recursive_triggers reverse_unordered_selects"
    " table_info table_list table_xinfo".split()
)
VIRTUAL_TABLES = frozenset({"fts5", "fts5vocab"})
REFUSED_FUNCTIONS = frozenset(
    "fts3_tokenizer load_extension sqlite_compileoption_get sqlite_compileoption_used"
    " sqlite_source_id sqlite_version".split()
)
REFUSED_ACTIONS = frozenset(
    {
        sqlite3.SQLITE_ATTACH,
        sqlite3.SQLITE_DETACH,
        sqlite3.SQLITE_CREATE_TEMP_INDEX,
        sqlite3.SQLITE_CREATE_TEMP_TABLE,
        sqlite3.SQLITE_CREATE_TEMP_TRIGGER,
        sqlite3.SQLITE_CREATE_TEMP_VIEW,
    }
)
READING_ACTIONS = frozenset(
    {
        sqlite3.SQLITE_FUNCTION,
        sqlite3.SQLITE_PRAGMA,
        sqlite3.SQLITE_READ,
        sqlite3.SQLITE_RECURSIVE,
        sqlite3.SQLITE_SELECT,
    }
)
"""What a statement does that changes nothing."""
NAMELESS_ACTIONS = frozenset({sqlite3.SQLITE_SELECT, sqlite3.SQLITE_RECURSIVE})
TRANSACTIONS = frozenset({sqlite3.SQLITE_TRANSACTION, sqlite3.SQLITE_SAVEPOINT})
NO_TRANSACTIONS = (
    "To execute a transaction, please use the state.storage.transaction() or "
    "state.storage.transactionSync() APIs instead of the SQL BEGIN TRANSACTION or SAVEPOINT "
    "statements. The JavaScript API is safer because it will automatically roll back on "
    "exceptions, and because it interacts correctly with Durable Objects' automatic atomic "
    "write coalescing."
)


class Authorizer:
    """SQLite's authorizer of one connection (https://sqlite.org/c3ref/set_authorizer.html)."""

    def __init__(self) -> None:
        self.trusted = False
        """True while the server runs its own SQL."""
        self.refused_transaction = False
        """True when the last statement was refused for its BEGIN, COMMIT or SAVEPOINT."""
        self.read_only = False
        """True while a caller runs SQL who may read alone."""
        self.refused_write = False
        """True when a statement was refused since its caller may read alone."""

    def decide(
        self, action: int, name: str | None, detail: str | None, _database: str | None, _by: object
    ) -> int:
        """Return whether the statement being prepared may do `action`."""
        if self.trusted:
            return sqlite3.SQLITE_OK
        if action in TRANSACTIONS:
            self.refused_transaction = True
            return sqlite3.SQLITE_DENY
        if self.read_only and action not in READING_ACTIONS:
            self.refused_write = True
            return sqlite3.SQLITE_DENY
        return sqlite3.SQLITE_OK if _allowed(action, name, detail) else sqlite3.SQLITE_DENY


def _allowed(action: int, name: str | None, detail: str | None) -> bool:
    if action in REFUSED_ACTIONS:
        return False
    if action == sqlite3.SQLITE_PRAGMA:
        return (name or "").lower() in PRAGMAS
    if action == sqlite3.SQLITE_FUNCTION:
        return (detail or "").lower() not in REFUSED_FUNCTIONS
    if action in {sqlite3.SQLITE_CREATE_VTABLE, sqlite3.SQLITE_DROP_VTABLE}:
        return (detail or "").lower() in VIRTUAL_TABLES
    # Names that begin with _cf_ are D1's own.
    return action in NAMELESS_ACTIONS or not (name or "").lower().startswith("_cf_")
