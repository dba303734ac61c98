"""Change every target of a fleet record: deploy-all, and a rollback of many tenants."""

from collections.abc import Callable
from pathlib import Path

from edgefleet.core.signals import Cancellation, cancel_on_signals
from edgefleet.fleet.context import FleetContext
from edgefleet.fleet.display import fleet_display
from edgefleet.fleet.models import FleetRecord
from edgefleet.fleet.records.recorder import FleetRecorder
from edgefleet.fleet.records.store import FleetRecords
from edgefleet.fleet.ring_canary.canaries import RingCanaries
from edgefleet.fleet.runner import ChangeTarget, Fleet, FleetDependencies

ReportRun = Callable[[FleetRecord, Path], None]
"""Prints how a run ended, by its record and the record's file; raises where targets are left."""


def run_fleet(
    context: FleetContext,
    record: FleetRecord,
    change: ChangeTarget,
    cancellation: Cancellation,
    report: ReportRun,
    canaries: RingCanaries | None = None,
) -> None:
    """Change every target of the record, and report how it went."""
    recorder = FleetRecorder(record, FleetRecords(context.records.folder), context.clock)
    display = fleet_display(len(record.left), context.clock)
    dependencies = FleetDependencies(display, context.clock, cancellation, canaries)
    with cancel_on_signals(cancellation):
        report(Fleet(recorder, change, dependencies).run(), recorder.path)
