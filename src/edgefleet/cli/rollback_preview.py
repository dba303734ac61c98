"""`edgefleet rollback --dry-run` of many tenants: what would be done at each."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace

import click

from edgefleet.cli.fleet_run import PortsOfMany
from edgefleet.cli.output.json_output import print_json
from edgefleet.cli.output.target_errors import target_errors
from edgefleet.cli.wiring import Wiring
from edgefleet.config.target import Environment, Target, target_entry
from edgefleet.core.model import Json
from edgefleet.core.output.notes import Notes
from edgefleet.core.output.progress import ProgressStep
from edgefleet.core.parallel import in_parallel
from edgefleet.deploy.checks.holds import TargetHeld
from edgefleet.deploy.request import Dependencies
from edgefleet.errors import EdgefleetError, FleetError
from edgefleet.locks.locking import LocalLocker
from edgefleet.records.store import DryRecords
from edgefleet.rollback.report import rollback_plan_text
from edgefleet.rollback.request import RollbackResult

ROLL_BACK = "roll back"
"""The task at each target."""


class _Noting:
    """Shows no steps; keeps the notes of one target."""

    def __init__(self, tenant: str, notes: Notes) -> None:
        self._tenant = tenant
        self._notes = notes

    @contextmanager
    def step(self, name: str) -> Iterator[ProgressStep]:  # noqa: ARG002 - a Progress
        """Show nothing."""
        yield ProgressStep()

    def heading(self, text: str) -> None:
        """Show nothing."""

    def say(self, text: str) -> None:
        """Keep a note."""
        self._notes.add(self._tenant, text.strip())


def preview(
    wiring: Wiring,
    names: Sequence[str],
    environment: Environment,
    back: Callable[[str, Dependencies], RollbackResult],
    parallel: int,
    output_format: str,
) -> None:
    """Print to which version each tenant would go back; change nothing.

    Raises `FleetError` where one of them cannot go back.
    """
    ports, notes = PortsOfMany(wiring, {}, LocalLocker()), Notes()

    def one(name: str) -> RollbackResult:
        given = ports.of_one(_Noting(name, notes), wiring.clock)
        return back(name, replace(given, records=DryRecords(wiring.records.folder)))

    shown: list[tuple[str, dict[str, Json]]] = []
    with target_errors() as errors:
        for name, found in zip(names, in_parallel(names, one, parallel=parallel), strict=True):
            target = Target(tenant=name, environment=environment)
            if isinstance(found, TargetHeld):
                held = target_entry(target, {"held": found.message})
                shown.append((f"{target}: skipped: {found.message}", held))
            elif isinstance(found, EdgefleetError):
                errors.add(target, ROLL_BACK, found)
            else:
                shown.append(_shown(target, found))
        if output_format == "json":
            documents = [*(document for _, document in shown), *errors.json(ROLL_BACK)]
            print_json([{**document, "dry_run": True} for document in documents])
        else:
            for line, _ in shown:
                click.echo(line)
        for line in notes.lines():
            wiring.progress.say(line)
        if errors:
            raise FleetError(
                f"{len(errors)} of {len(names)} targets cannot be rolled back; nothing was changed"
            )


def _shown(target: Target, found: RollbackResult) -> tuple[str, dict[str, Json]]:
    """Return what is said of one target, and its JSON value."""
    if found.plan is None:
        version_id = found.record.version_id
        words = f"{target}: version {version_id} is live already"
        return words, target_entry(target, {"version_id": version_id})
    return rollback_plan_text(found.plan), target_entry(target, found.plan.model_dump(mode="json"))
