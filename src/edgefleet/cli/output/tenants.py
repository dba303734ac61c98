"""The list of targets."""

from collections.abc import Callable, Sequence
from datetime import datetime

from edgefleet.config.target import SCHEMA_VERSION, Target
from edgefleet.config.tenant import Tenant
from edgefleet.core.model import Json
from edgefleet.core.output.table import table
from edgefleet.deploy.checks.holds import in_force
from edgefleet.records.models import Record
from edgefleet.records.report import outcome

HEADINGS = ("tenant", "environment", "ring", "tags", "account", "script", "last")
HELD = "held"


def rows(
    tenants: Sequence[Tenant], last: Callable[[Target], Record | None], now: datetime
) -> list[dict[str, Json]]:
    """Return a row for each target that the files define; `last` finds its newest record.

    The list names a pin or freeze that is in force at `now`, too.
    """
    found: list[dict[str, Json]] = []
    for tenant in tenants:
        for environment in filter(tenant.layers.has, tenant.fleet.deployable):
            record = last(Target(tenant=tenant.name, environment=environment))
            found.append(
                {
                    "schema_version": SCHEMA_VERSION,
                    "tenant": tenant.name,
                    "environment": environment,
                    "ring": tenant.config.ring,
                    "tags": list(tenant.config.tags),
                    "account": tenant.config.account_id,
                    "account_id": tenant.config.account_id,
                    "script": tenant.resolved(environment)["name"],
                    "last": outcome(record),
                    "held": in_force(tenant.config, now),
                    "record": record.model_dump(mode="json") if record else None,
                }
            )
    return found


def tenants_text(found: Sequence[dict[str, Json]], width: int | None = None) -> str:
    """Return the rows as a table, at most so wide as the terminal; holds where there are any."""
    headings = (*HEADINGS, *[HELD] * any(row[HELD] for row in found))
    return table(headings, [[_cell(row[name]) for name in headings] for row in found], width)


def _cell(value: Json) -> str:
    return ",".join(value) if isinstance(value, list) else "" if value is None else str(value)
