"""What a run over a fleet keeps of each target."""

from pathlib import Path

from edgefleet.config.target import STAGING
from edgefleet.fleet.models import FleetOptions, FleetRecord, Outcome, TargetResult
from edgefleet.fleet.records.recorder import FleetRecorder
from edgefleet.fleet.records.store import FleetRecords
from edgefleet.records.models import Phase
from support.clock import FakeClock
from support.memory import traced
from support.records import NOON


def recorder(folder: Path, *names: str) -> FleetRecorder:
    record = FleetRecord(
        environment=STAGING,
        conduct=FleetOptions(engine="api"),
        started=NOON,
        members=tuple(TargetResult(tenant=name) for name in names),
        edgefleet_version="0",
    )
    return FleetRecorder(record, FleetRecords(folder), FakeClock())


def test_what_is_noted_of_a_target_leaves_the_others(tmp_path: Path) -> None:
    one = recorder(tmp_path, "acme", "birch")
    noted = one.note("acme", outcome=Outcome.SUCCEEDED, seconds=1.5)
    assert noted == TargetResult(tenant="acme", outcome=Outcome.SUCCEEDED, seconds=1.5)
    assert one.record.members == (noted, TargetResult(tenant="birch"))


def test_a_target_that_ended_takes_less_than_a_kilobyte(tmp_path: Path) -> None:
    names = [f"t{number}" for number in range(400)]
    one = recorder(tmp_path, *names)
    with traced() as taken:
        for number, name in enumerate(names):
            one.note(name, outcome=Outcome.IN_PROGRESS)
            version, before = f"{number:036d}", f"{number + 1:036d}"
            versions = {"version_id": version, "previous_version_id": before}
            one.note(name, outcome=Outcome.SUCCEEDED, phase=Phase.DONE, seconds=2.5, **versions)
    assert taken.kept < 1000 * len(names)
