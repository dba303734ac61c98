"""`edgefleet rollback` of many tenants at once."""

from edgefleet.cli.fleet_run import PortsOfMany, run_fleet
from edgefleet.cli.wiring import Wiring
from edgefleet.flows.rollback import NO_UPLOAD, Rollback, rollback
from edgefleet.model.fleet import Conduct, FleetRecord, Member
from edgefleet.model.record import Action, Record
from edgefleet.model.target import Environment, Target
from edgefleet.ports.clock import Clock
from edgefleet.ports.halt import Halt
from edgefleet.ports.origin import origin
from edgefleet.ports.progress import Progress

PARALLEL = 4
ALL_MAY_FAIL = "100%"
"""A tenant that cannot go back is no reason to leave the next one with a bad version."""


def rollback_many(
    wiring: Wiring,
    names: tuple[str, ...],
    environment: Environment,
    output_format: str,
    *,
    reason: str | None,
    accept_changed_secrets: bool,
    take_over: bool,
    health_timeout: float,
) -> None:
    """Take each of these tenants back to its previous version, whatever becomes of the others.

    Nothing is checked for all beforehand: a token that is missing stops one tenant, not a rescue.
    """
    tenants = {one.name: one for one in wiring.tenants_in(wiring.root, names, (environment,))}
    here = origin(wiring.root, wiring.environ)
    ports = PortsOfMany(wiring, {})

    def change(tenant: str, progress: Progress, clock: Clock) -> Record:
        asked = Rollback(
            target=Target(tenant=tenant, environment=environment),
            load=lambda: tenants[tenant],
            load_at=wiring.tenant_in,
            root=wiring.root,
            origin=here,
            reason=reason,
            accept_changed_secrets=accept_changed_secrets,
            take_over=take_over,
            health_deadline=health_timeout,
        )
        return rollback(asked, ports.of_one(progress, clock)).record

    conduct = Conduct(
        engine=NO_UPLOAD,
        parallel=PARALLEL,
        continue_on_error=True,
        max_failures=ALL_MAY_FAIL,
        health_timeout=health_timeout,
    )
    members = (Member(tenant=name, ring=one.config.ring) for name, one in tenants.items())
    record = FleetRecord(
        environment=environment,
        action=Action.ROLLBACK,
        conduct=conduct,
        started=wiring.clock.now(),
        members=tuple(members),
        **here.model_dump(),
    )
    run_fleet(wiring, record, change, Halt(), output_format)
