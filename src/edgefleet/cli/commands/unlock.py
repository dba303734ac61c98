"""`edgefleet unlock`."""

from pathlib import Path

import click

from edgefleet.cli.locked_by import shared_refs
from edgefleet.cli.options.completion import complete_tenant
from edgefleet.cli.options.shared import env_option, format_option, root_option
from edgefleet.cli.output.json_output import print_json
from edgefleet.cli.tenant_selection import select_one
from edgefleet.cli.wiring import Wiring
from edgefleet.config.target import Environment, Target
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
    restores what it changed where no other run holds the target by then.
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
    log = _UnlockLog(wiring, reason)
    if run_id is not None:
        freed = unlock_run(refs, run_id, log.write)
        words = f"freed {', '.join(freed)} from run {run_id}"
    else:
        target = Target(
            tenant=select_one(wiring.root, str(tenant), "unlock"), environment=environment
        )
        lock = unlock_target(refs, str(target), str(lock_id), log.write)
        words = f"freed {target} from {lock}"
    if output_format == "json":
        print_json([one.model_dump(mode="json") for one in log.written])
    else:
        click.echo(words)


class _UnlockLog:
    """Writes a record for each target that was unlocked."""

    def __init__(self, wiring: Wiring, reason: str) -> None:
        self._wiring = wiring
        self._records = UnlockRecords(wiring.records.folder)
        self._reason = reason
        self._origin = origin(wiring.root, wiring.environ)
        self.written: list[Unlocked] = []

    def write(self, name: str, lock: Lock) -> None:
        """Write the record of one target."""
        target = Target.parse(name)
        if target is None:
            self._wiring.progress.say(f"note: {name} is no target's name: no record was written")
            return
        unlocked = Unlocked(
            tenant=target.tenant,
            environment=target.environment,
            lock=lock,
            reason=self._reason,
            actor=self._origin.actor,
            run_url=self._origin.run_url,
            when=self._wiring.clock.now(),
        )
        self._records.create(unlocked)
        self.written.append(unlocked)
