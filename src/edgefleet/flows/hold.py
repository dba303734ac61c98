"""Leave a pinned or frozen tenant alone."""

from edgefleet.errors import UsageError
from edgefleet.flows.request import Ports, Request
from edgefleet.model.record import Action
from edgefleet.model.tenant import Tenant
from edgefleet.rules.holds import hold


class Held(UsageError):
    """A tenant is pinned or frozen."""

    code = "held"


def check_hold(tenant: Tenant, request: Request, ports: Ports) -> None:
    """Raise `Held` where a tenant is to be left alone; `force` goes on, and says so.

    A rollback goes on in any case: it is what takes a tenant to its pin, and a bad version is
    taken back at any time.
    """
    if not request.heed_hold or request.action is not Action.DEPLOY:
        return
    words = hold(tenant.config, ports.clock.now(), request.origin)
    if words is None:
        return
    if not request.force:
        raise Held(
            f"{tenant.name} is {words}",
            hint=f"change tenants/{tenant.name}/tenant.config.json, or deploy all the same "
            "with --force",
        )
    ports.progress.say(f"  note: {tenant.name} is {words}")
