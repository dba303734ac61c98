"""Leave a pinned or frozen tenant alone."""

from edgefleet.errors import UsageError
from edgefleet.flows.request import Ports, Request
from edgefleet.model.record import Action, Record
from edgefleet.model.tenant import Tenant
from edgefleet.rules.holds import hold


class Held(UsageError):
    """A tenant is pinned or frozen."""

    code = "held"


def check_hold(tenant: Tenant, request: Request, ports: Ports) -> None:
    """Raise `Held` where a tenant is to be left alone; who does not heed it is told of it.

    `force` is no word about holds: it goes to whole fleets. A rollback goes on in any case: it is
    what takes a tenant to its pin, and a bad version is taken back at any time.
    """
    if request.action is not Action.DEPLOY:
        return
    words = hold(tenant.config, ports.clock.now(), request.origin)
    if words is None:
        return
    if request.heed_hold:
        raise Held(
            f"{tenant.name} is {words}",
            hint=f"change tenants/{tenant.name}/tenant.config.json; or deploy it alone all the "
            f"same: edgefleet deploy --tenant {tenant.name} --env {request.target.environment} "
            "--over-hold",
        )
    ports.progress.say(f"  note: {tenant.name} is {words}")


def was_held(record: Record) -> bool:
    """Whether a deploy ended before it began, since its tenant is to be left alone."""
    return record.error is not None and record.error.code == Held.code
