"""What `edgefleet rollback --dry-run` of many tenants prints."""

from collections.abc import Sequence

import click

from edgefleet.cli.output.json_output import print_json
from edgefleet.cli.output.target_errors import target_errors
from edgefleet.config.target import Target, target_entry
from edgefleet.core.model import Json
from edgefleet.deploy.checks.holds import TargetHeld
from edgefleet.errors import EdgefleetError, FleetError
from edgefleet.fleet.rollback import Preview
from edgefleet.rollback.report import rollback_plan_text
from edgefleet.rollback.request import RollbackResult

ROLL_BACK = "roll back"
"""The task at each target."""


def print_previews(previews: Sequence[Preview], output_format: str) -> None:
    """Print to which version each tenant would return.

    Raises `FleetError` where one of them cannot be rolled back.
    """
    shown: list[tuple[str, dict[str, Json]]] = []
    with target_errors() as errors:
        for target, result in previews:
            if isinstance(result, TargetHeld):
                held = target_entry(target, {"held": result.message})
                shown.append((f"{target}: skipped: {result.message}", held))
            elif isinstance(result, EdgefleetError):
                errors.add(target, ROLL_BACK, result)
            else:
                shown.append(_shown(target, result))
        if output_format == "json":
            documents = [*(document for _, document in shown), *errors.json(ROLL_BACK)]
            print_json([{**document, "dry_run": True} for document in documents])
        else:
            for line, _ in shown:
                click.echo(line)
        if errors:
            count = f"{len(errors)} of {len(previews)} targets"
            raise FleetError(f"{count} cannot be rolled back; nothing was changed")


def _shown(target: Target, found: RollbackResult) -> tuple[str, dict[str, Json]]:
    """Return what is said of one target, and its JSON value."""
    if found.plan is None:
        version_id = found.record.version_id
        words = f"{target}: version {version_id} is live already"
        return words, target_entry(target, {"version_id": version_id})
    return rollback_plan_text(found.plan), target_entry(target, found.plan.model_dump(mode="json"))
