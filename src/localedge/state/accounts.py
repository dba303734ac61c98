"""Accounts, the tokens that open them, their workers.dev subdomains."""

import hashlib
from dataclasses import dataclass

from localedge.state.assets.tokens import AssetToken
from localedge.state.database import Database
from localedge.state.timestamps import now
from localedge.wire.script_errors import SubdomainTaken

SCHEMA = """
CREATE TABLE IF NOT EXISTS accounts (
    id TEXT PRIMARY KEY, name TEXT NOT NULL, subdomain TEXT UNIQUE, created_on TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS tokens (
    digest TEXT NOT NULL, account_id TEXT NOT NULL, id TEXT NOT NULL,
    PRIMARY KEY (digest, account_id)
);
"""


@dataclass(frozen=True, slots=True)
class Account:
    """A Cloudflare account; `subdomain` is its name below workers.dev, if it has one."""

    id: str
    name: str
    subdomain: str | None
    created_on: str


@dataclass(frozen=True, slots=True)
class Token:
    """A token that this server knows: its public id and the accounts that it opens.

    The token of an upload of assets opens nothing but that: it is in `upload`.
    """

    id: str
    account_ids: tuple[str, ...]
    upload: AssetToken | None = None
    permissions: frozenset[str] | None = None
    """The permission groups that it has; None for one that may do everything."""


class AccountStore:
    """Accounts and what identifies their callers. Of a token only its digest is kept."""

    def __init__(self, database: Database) -> None:
        self._database = database
        database.create(SCHEMA)
        self._permissions: dict[str, frozenset[str]] = {}

    def open(self, account_id: str, subdomain: str, tokens: list[str]) -> None:
        """Make the account if it is new; `tokens`, and no other ones, open it from now on.

        Raises `SubdomainTaken` where another account has the subdomain.
        """
        with self._database.transaction():
            self._database.run(
                "INSERT OR IGNORE INTO accounts VALUES (?, ?, NULL, ?)",
                (account_id, f"{subdomain}'s account", now()),
            )
            self.register_subdomain(account_id, subdomain)
            self._database.run("DELETE FROM tokens WHERE account_id = ?", (account_id,))
            for token in tokens:
                digest = _digest(token)
                self._database.run(
                    "INSERT OR IGNORE INTO tokens VALUES (?, ?, ?)",
                    (digest, account_id, digest[:32]),
                )

    def token(self, text: str) -> Token | None:
        """Return the token, if this server knows it."""
        rows = self._database.all(
            "SELECT id, account_id FROM tokens WHERE digest = ? ORDER BY rowid", (_digest(text),)
        )
        if not rows:
            return None
        permissions = self._permissions.get(_digest(text))
        accounts = tuple(row["account_id"] for row in rows)
        return Token(rows[0]["id"], accounts, permissions=permissions)

    def restrict(self, text: str, permissions: frozenset[str] | None) -> None:
        """Give a token these permission groups and no others, until a reset; None: all of them."""
        if permissions is None:
            self._permissions.pop(_digest(text), None)
        else:
            self._permissions[_digest(text)] = permissions

    def get(self, account_id: str) -> Account | None:
        """Return one account."""
        row = self._database.one("SELECT * FROM accounts WHERE id = ?", (account_id,))
        return Account(**row) if row else None

    def all(self) -> list[Account]:
        """Return every account."""
        return [Account(**row) for row in self._database.all("SELECT * FROM accounts")]

    def by_subdomain(self, subdomain: str) -> Account | None:
        """Return the account whose workers.dev subdomain this is."""
        row = self._database.one("SELECT * FROM accounts WHERE subdomain = ?", (subdomain,))
        return Account(**row) if row else None

    def register_subdomain(self, account_id: str, subdomain: str | None) -> None:
        """Give the account a subdomain, or take its own away."""
        owner = self.by_subdomain(subdomain) if subdomain else None
        if owner and owner.id != account_id:
            raise SubdomainTaken(f'The subdomain "{subdomain}" belongs to another account.')
        self._database.run(
            "UPDATE accounts SET subdomain = ? WHERE id = ?", (subdomain, account_id)
        )

    def clear(self) -> None:
        """Forget everything."""
        self._permissions.clear()
        for table in ("accounts", "tokens"):
            self._database.run(f"DELETE FROM {table}")  # noqa: S608 - names of our own


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
