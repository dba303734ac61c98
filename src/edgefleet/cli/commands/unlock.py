"""`edgefleet unlock`."""

from pathlib import Path

import click

from edgefleet.cli.locked_by import shared_refs
from edgefleet.cli.options.completion import complete_tenant
from edgefleet.cli.options.shared import env_option, format_option, root_option
from edgefleet.cli.output.json_output import print_json
from edgefleet.cli.tenant_selection import select_one
from edgefleet.cli.wiring import Wiring
from edgefleet.config.target import DEPLOYABLE, Environment, Target
from edgefleet.errors import UsageError
from edgefleet.locks.models import Lock, Unlocked
from edgefleet.locks.unlock import UnlockRecords, unlock_run, unlock_target
from edgefleet.records.provenance import origin


@click.command()
@click.option(
    "--tenant", metavar="NAME", shell_complete=complete_tenant, help="The tenant of one target."
)
@env_option(required=False)
@click.option("--id", "lock_id", metavar="ID", help="The run that holds it; 'edgefleet locks'.")
@click.option("--run", "run_id", metavar="ID", help="Free all targets that this run holds.")
@click.option("--reason", required=True, help="Why; it stands in the record.")
@format_option("text", "json")
@root_option
def unlock(
    *,
    tenant: str | None,
    environment: Environment | None,
    lock_id: str | None,
    run_id: str | None,
    reason: str,
    output_format: str,
    root: Path | None,
) -> None:
    """Free a target, or all of a run, from a lock that its run does not free.

    A run that is still under way is not ended by it: its next write fails, with exit 9, and it
    puts back what it changed where no other run holds the target by then.
    """
    one = tenant is not None and environment is not None and lock_id is not None
    if one == (run_id is not None) or (run_id and (tenant or environment or lock_id)):
        raise UsageError(
            "unlock takes one target, or one run",
            hint="edgefleet unlock --tenant NAME --env ENV --id ID --reason TEXT, "
            "or edgefleet unlock --run ID --reason TEXT",
        )
    wiring = Wiring(root)
    refs = shared_refs(wiring)
    records = _Records(wiring, reason)
    if run_id is not None:
        freed = unlock_run(refs, run_id, records.note)
        words = f"freed {', '.join(freed)} from run {run_id}"
    else:
        target = Target(
            tenant=select_one(wiring.root, str(tenant), "unlock"), environment=environment
        )
        lock = unlock_target(refs, str(target), str(lock_id), records.note)
        words = f"freed {target} from {lock}"
    if output_format == "json":
        print_json([one.model_dump(mode="json") for one in records.kept])
    else:
        click.echo(words)


class _Records:
    """Notes each lock that was freed."""

    def __init__(self, wiring: Wiring, reason: str) -> None:
        self._unlocks = UnlockRecords(wiring.records.folder)
        self._clock = wiring.clock
        self._reason = reason
        self.kept: list[Unlocked] = []
        self._origin = origin(wiring.root, wiring.environ)

    def note(self, name: str, lock: Lock) -> None:
        """Write the record of one target."""
        for environment in DEPLOYABLE:
            tenant = name.removesuffix(f"-{environment}")
            if tenant != name:
                unlocked = Unlocked(
                    tenant=tenant,
                    environment=environment,
                    lock=lock,
                    reason=self._reason,
                    actor=self._origin.actor,
                    run_url=self._origin.run_url,
                    when=self._clock.now(),
                )
                self._unlocks.create(unlocked)
                self.kept.append(unlocked)
