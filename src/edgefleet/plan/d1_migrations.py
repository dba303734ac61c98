"""D1 migrations that a deploy would apply: those of the files beside those of wrangler's table."""

from collections.abc import Sequence
from typing import NamedTuple

from edgefleet.cloudflare.d1.migrations import D1Migrations
from edgefleet.cloudflare.envelope import ApiError
from edgefleet.cloudflare.error_codes import D1_NOT_FOUND
from edgefleet.config.account_api import AccountApi
from edgefleet.config.d1_migrations.files import declared_migrations
from edgefleet.config.target import Environment, Target
from edgefleet.config.tenant import Tenant
from edgefleet.core.foreign.text import foreign_text
from edgefleet.core.ids import short_digest
from edgefleet.errors import ConfigError
from edgefleet.state.flat_state import BELOW_MIGRATIONS, below
from edgefleet.state.models import Change, ChangeKind


class MigrationsCompared(NamedTuple):
    """What was found of a target's databases."""

    pending: tuple[D1Migrations, ...]
    """Migrations to apply, of each database that has some."""
    unknown: tuple[str, ...]
    """Applied ones that the files do not have, in words."""

    @property
    def changes(self) -> tuple[Change, ...]:
        """Each pending migration, with the digest of its SQL: another text is another plan."""
        return tuple(
            Change(
                path=below(f"{BELOW_MIGRATIONS}{database.binding}", one.name),
                kind=ChangeKind.ADDED,
                after=f"sha256:{short_digest(one.digest)}",
            )
            for database in self.pending
            for one in database.migrations
        )


def declared_of(tenant: Tenant, environment: Environment) -> tuple[D1Migrations, ...]:
    """Return the migrations of a target's files; raises `ConfigError`."""
    return declared_migrations(tenant.resolved(environment), tenant.paths_from)


def _applied(database: D1Migrations, account: AccountApi, target: Target) -> tuple[str, ...]:
    try:
        return account.database(database.database_id).applied(database.table)
    except ApiError as error:
        if D1_NOT_FOUND not in error.codes:
            raise
        raise ConfigError(
            f"the account has no D1 database {database.database_id}, to which {database.binding} "
            "is bound",
            hint=f"make it: edgefleet provision {target.as_selector} --apply",
        ) from error


def compare_migrations(
    declared: Sequence[D1Migrations], account: AccountApi, target: Target
) -> MigrationsCompared:
    """Read which migrations were applied; raises `CloudflareError` where that cannot be read."""
    pending: list[D1Migrations] = []
    unknown: list[str] = []
    for database in declared:
        applied = _applied(database, account, target)
        here = {one.name for one in database.migrations}
        left = tuple(one for one in database.migrations if one.name not in applied)
        if left:
            pending.append(database.model_copy(update={"migrations": left}))
        unknown += [
            f"D1 migration {foreign_text(name)} was applied to {database.binding}, and the files "
            "do not have it"
            for name in applied
            if name not in here
        ]
    return MigrationsCompared(tuple(pending), tuple(unknown))
