"""What the files of an earlier version's commit say: triggers and settings, D1 migrations."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

from edgefleet.cloudflare.d1.migrations import D1Migrations
from edgefleet.cloudflare.models import ScriptSettings
from edgefleet.cloudflare.settings import settings
from edgefleet.config.account_api import AccountApi
from edgefleet.config.target import Target
from edgefleet.config.tenant import Tenant
from edgefleet.core.foreign.text import foreign_text
from edgefleet.core.git import resolve_commit
from edgefleet.core.worktrees import worktree
from edgefleet.errors import CloudflareError, EdgefleetError
from edgefleet.plan.d1_migrations import declared_of
from edgefleet.rollback.models import VersionSource


class SourceFiles(NamedTuple):
    """What the files said when a version was made."""

    said: str
    """A sentence about triggers and settings."""
    settings: ScriptSettings | None = None
    """None where the files are not known."""
    migrations: tuple[D1Migrations, ...] | None = None
    """The same for D1 migrations."""


def source_files(
    root: Path, load_at: Callable[[Path, Target], Tenant], target: Target, source: VersionSource
) -> SourceFiles:
    """Read the files of the commit that a version was made from; nothing is raised.

    `load_at` validates and loads a target's tenant in a checkout of the repository at `root`.
    """
    kept = "triggers and settings stay as they are"
    commit = resolve_commit(root, source.commit) if source.commit else None
    if commit is None:
        return SourceFiles(f"{kept}: no commit is known that the version was made from")
    if source.dirty:
        return SourceFiles(f"{kept}: the version was made from changes that no commit holds")
    try:
        with worktree(root, commit) as folder:
            tenant = load_at(folder, target)
            migrations = declared_of(tenant, target.environment)
    except EdgefleetError as error:
        return SourceFiles(f"{kept}: those of commit {commit} cannot be read: {error.message}")
    desired = settings(tenant.resolved(target.environment))
    said = f"triggers and settings are those of commit {commit}"
    return SourceFiles(said, desired, migrations)


def migrations_since(
    then: Sequence[D1Migrations], now: Sequence[D1Migrations], account: AccountApi
) -> tuple[str, ...]:
    """Return in words which applied D1 migrations an earlier version did not know.

    `then` are those of its commit, `now` those of the checkout: a database may have got its first
    one since. That they cannot be read stops no rollback: then it says so.
    """
    known = {one.database_id: {item.name for item in one.migrations} for one in then}
    found: list[str] = []
    for database in {one.database_id: one for one in (*now, *then)}.values():
        before = known.get(database.database_id, set())
        try:
            applied = account.database(database.database_id).applied(database.table)
        except CloudflareError as error:
            found.append(
                f"which D1 migrations were applied to {database.binding} cannot be read: "
                f"{error.message}"
            )
            continue
        since = ", ".join(foreign_text(name) for name in applied if name not in before)
        if since:
            found.append(
                f"D1 migrations that the version does not know stay applied to {database.binding}: "
                f"{since}"
            )
    return tuple(found)
