"""Apply D1 migrations before a version is uploaded: the new code finds the tables that it needs.

No restore undoes them, so each failure says which of them were applied.
"""

from functools import partial

from edgefleet.cloudflare.confirmed_write import refused, write_and_confirm
from edgefleet.cloudflare.d1.migrations import D1Migration, D1Migrations
from edgefleet.cloudflare.envelope import ApiError
from edgefleet.core.foreign.text import foreign_text
from edgefleet.deploy.script_change import ScriptChange
from edgefleet.records.models import Phase


def apply_migrations(change: ScriptChange) -> None:
    """Apply each pending migration once, in order; the first one that fails ends it.

    Raises `ApiError`, and `LockLost` if another run holds the target by now.
    """
    if not change.release.migrations:
        return
    with change.recorder.phase(Phase.MIGRATIONS) as step:
        for database in change.release.migrations:
            for migration in database.migrations:
                _apply(change, database, migration)
        step.note = migrated_text(change)


def migrated_text(change: ScriptChange) -> str:
    """Return which migrations were applied: `0001_init.sql, 0002_more.sql to DB`; or nothing."""
    names: dict[str, list[str]] = {}
    for binding, name in change.migrated:
        names.setdefault(binding, []).append(foreign_text(name))
    return "; ".join(f"{', '.join(applied)} to {binding}" for binding, applied in names.items())


def _apply(change: ScriptChange, database: D1Migrations, migration: D1Migration) -> None:
    api = change.account.database(database.database_id)
    change.traffic.fence.check()
    try:
        write_and_confirm(
            partial(api.apply, database.table, migration),
            lambda: migration.name in api.applied(database.table),
            change.recorder.pauses(),
        )
    except ApiError as error:
        unclear = "" if refused(error) else "; whether it was applied is not known"
        name = foreign_text(migration.name)
        raise error.amended(
            message=f"the D1 migration {name} of {database.binding} failed: "
            f"{error.message}{unclear}",
            hint=error.hint
            or f"correct {name}, and deploy again: what was applied is not applied again",
        ) from error
    change.migrated.append((database.binding, migration.name))
