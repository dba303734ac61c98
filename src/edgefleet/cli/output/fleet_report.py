"""How a run over a fleet ended: its summary, and its exit code."""

import os
from pathlib import Path

from edgefleet.cli.output.json_output import print_json
from edgefleet.cli.output.show import show
from edgefleet.core.output.terminal import terminal_width
from edgefleet.deploy.canaries.verdicts import CanaryWorse
from edgefleet.errors import (
    EdgefleetError,
    EvidenceFailed,
    FleetError,
    Interrupted,
    TooLittleTraffic,
)
from edgefleet.fleet.models import FleetRecord, Outcome
from edgefleet.fleet.report import fleet_text, what_is_left
from edgefleet.fleet.run import ReportRun
from edgefleet.records.models import Status


def fleet_report(root: Path, output_format: str) -> ReportRun:
    """Return what prints a run of the repository at `root`.

    It raises `FleetError` or `Interrupted` where targets are left.
    """

    def report(record: FleetRecord, file: Path) -> None:
        path, options = os.path.relpath(file), _root_options(root)
        if output_format == "text":
            # It ends with the command that does what is left, so the error needs no hint.
            show(fleet_text(record, path, options, terminal_width()))
            _require_done(record, "")
        else:
            print_json(record)
            left = what_is_left(record, path, options)
            _require_done(record, f"to do what is left: {left}")

    return report


def _root_options(root: Path) -> list[str]:
    """Return the options that lead to the repository from the current folder, if any must."""
    return [] if Path.cwd().is_relative_to(root) else ["--root", str(root)]


def _require_done(record: FleetRecord, hint: str) -> None:
    if record.status is Status.SUCCEEDED:
        return
    left = f"{len(record.left)} of {len(record.members)} targets are left"
    if record.status is Status.INTERRUPTED:
        raise Interrupted(f"interrupted; {left}", hint=hint)
    failed = [one.tenant for one in record.members if one.outcome is Outcome.RESTORE_FAILED]
    person = f"; a person is needed for {', '.join(failed)}" if failed else ""
    raise _failure(record)(left + person, hint=hint)


def _failure(record: FleetRecord) -> type[EdgefleetError]:
    """Return the worst that happened, and so the exit code.

    A target that is not restored, a version that is bad under traffic, any other failure, a source
    that failed, too little traffic.
    """
    failed = [one for one in record.members if one.outcome.failure]
    codes = {one.error.code for one in failed if one.error}
    if any(one.outcome is Outcome.RESTORE_FAILED for one in failed):
        return FleetError
    if CanaryWorse.code in codes:
        return CanaryWorse
    if not codes or codes - {EvidenceFailed.code, TooLittleTraffic.code}:
        return FleetError
    return EvidenceFailed if EvidenceFailed.code in codes else TooLittleTraffic
