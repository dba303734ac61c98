"""Records of runs over a fleet, beside those of targets."""

from pathlib import Path

import pytest

from edgefleet.config.target import STAGING, Target
from edgefleet.errors import UsageError
from edgefleet.fleet.models import FleetOptions, FleetRecord, TargetResult
from edgefleet.fleet.records.store import FleetRecords, read_fleet
from edgefleet.records.models import RecordedError
from edgefleet.records.store import Records
from support.memory import traced
from support.records import NOON, run

RUN = FleetRecord(
    environment=STAGING,
    conduct=FleetOptions(engine="api"),
    started=NOON,
    members=(TargetResult(tenant="acme"),),
    edgefleet_version="0",
)


def test_a_record_is_read_as_it_was_written(tmp_path: Path) -> None:
    path = FleetRecords(tmp_path).create(RUN)
    assert path.name == "fleet-staging-20260301T120000Z.json"
    assert read_fleet(path) == RUN


def test_two_runs_in_one_second_get_names_of_their_own(tmp_path: Path) -> None:
    paths = {FleetRecords(tmp_path).create(RUN).name for _ in range(2)}
    assert paths == {"fleet-staging-20260301T120000Z.json", "fleet-staging-20260301T120000Z-2.json"}


def test_a_tenant_called_fleet_is_not_mistaken_for_one(tmp_path: Path) -> None:
    FleetRecords(tmp_path).create(RUN)
    own = run(0, 1, tenant="fleet")
    path = Records(tmp_path).create(own)
    assert path.name == "fleet-staging-20260301T120000Z-2.json"
    target = Target(tenant="fleet", environment=STAGING)
    assert Records(tmp_path).of(target) == [own]
    with pytest.raises(UsageError, match="no record of a run over a fleet"):
        read_fleet(path)


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"kind": "fleet"}'])
def test_another_file_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "x.json").write_text(text)
    with pytest.raises(UsageError, match=r"x\.json is no record"):
        read_fleet(tmp_path / "x.json")


def test_a_file_that_cannot_be_read_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot be read"):
        read_fleet(tmp_path)


def test_unwritable_folder_is_refused_first(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(UsageError, match="cannot write to"):
        FleetRecords(tmp_path / "file").create(RUN)


@pytest.mark.parametrize("count", [0, 1, 3])
def test_a_record_is_replaced_in_the_form_it_was_made(tmp_path: Path, count: int) -> None:
    error = RecordedError(code="api", message='"members": []\n  x', hint="ü")
    names = [f"t{number}" for number in range(count)]
    members = tuple(TargetResult(tenant=name, why="a\nb", error=error) for name in names)
    record = RUN.model_copy(update={"members": members, "reason": '\n  "members": []'})
    folder = FleetRecords(tmp_path)
    path = folder.create(record)
    made = path.read_text()
    folder.replace(path, record)
    assert path.read_text() == made


def test_a_record_of_thousands_is_never_held_as_one_text(tmp_path: Path) -> None:
    members = tuple(TargetResult(tenant=f"t{number}", why="x" * 200) for number in range(2000))
    record, folder = RUN.model_copy(update={"members": members}), FleetRecords(tmp_path)
    path = folder.create(RUN)
    folder.replace(path, record)
    with traced() as taken:
        folder.replace(path, record)
    assert path.stat().st_size > 800_000
    assert taken.peak < 200_000
