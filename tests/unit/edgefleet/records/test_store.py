"""Records on disk."""

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

from edgefleet.config.target import STAGING, Target
from edgefleet.records.models import Action, Record, Status
from edgefleet.records.store import ListedRecords, Records

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def record(tenant: str = "acme", started: datetime = NOON) -> Record:
    return Record(
        tenant=tenant,
        environment=STAGING,
        action=Action.DEPLOY,
        edgefleet_version="0",
        started=started,
    )


def test_a_record_is_named_by_target_and_time(tmp_path: Path) -> None:
    path = Records(tmp_path).create(record())
    assert path.name == "acme-staging-20260301T120000Z.json"
    assert json.loads(path.read_text())["status"] == "in_progress"


def test_ten_records_of_one_second_have_names_of_their_own(tmp_path: Path) -> None:
    records = Records(tmp_path)
    with ThreadPoolExecutor(10) as pool:
        paths = list(pool.map(lambda _: records.create(record()), range(10)))
    assert len(set(paths)) == 10
    assert sorted(tmp_path.iterdir()) == sorted(paths)


def test_replacing_leaves_no_other_file(tmp_path: Path) -> None:
    records = Records(tmp_path)
    path = records.create(record())
    records.replace(path, record().model_copy(update={"status": Status.SUCCEEDED}))
    assert [file.name for file in tmp_path.iterdir()] == [path.name]
    assert json.loads(path.read_text())["status"] == "succeeded"


def test_last_record_is_the_targets_newest(tmp_path: Path) -> None:
    records = Records(tmp_path)
    newest = record(started=NOON + timedelta(hours=1))
    for one in (newest, record(), record(tenant="acme-staging", started=NOON + timedelta(days=1))):
        records.create(one)
    (tmp_path / "acme-staging-broken.json").write_text("{")
    target = Target(tenant="acme", environment=STAGING)
    assert records.last(target) == newest


def test_the_records_of_a_target_come_newest_first(tmp_path: Path) -> None:
    records = Records(tmp_path)
    later, earlier = record(started=NOON + timedelta(hours=1)), record()
    for one in (earlier, later, record(tenant="other")):
        records.create(one)
    target = Target(tenant="acme", environment=STAGING)
    assert records.of(target) == [later, earlier]


def test_no_record_is_none(tmp_path: Path) -> None:
    target = Target(tenant="acme", environment=STAGING)
    assert Records(tmp_path / "absent").last(target) is None


def test_a_folder_that_was_listed_once_tells_the_same(tmp_path: Path) -> None:
    folder = Records(tmp_path)
    early = [record(), record(), record("acme-eu"), record("acme", NOON + timedelta(seconds=9))]
    for one in early:
        folder.create(one)
    (tmp_path / "fleet-staging-20260301T120000Z.json").write_text("{}")
    (tmp_path / "notes.json").write_text("{}")
    listed = ListedRecords(tmp_path)
    listed.create(record("acme", NOON + timedelta(seconds=20)))
    listed.create(record("birch"))
    for one in (*early, record("birch"), record("cedar")):
        assert listed.of(one.target) == folder.of(one.target)


def test_a_folder_that_is_not_there_has_no_records(tmp_path: Path) -> None:
    assert ListedRecords(tmp_path / "deployments").last(record().target) is None


def test_of_a_second_the_record_that_came_last_is_the_last(tmp_path: Path) -> None:
    records = Records(tmp_path)
    for number in range(11):
        records.create(record(started=NOON + timedelta(milliseconds=number)))
    last = records.last(Target(tenant="acme", environment=STAGING))
    assert last is not None
    assert last.started == NOON + timedelta(milliseconds=10)


def test_a_newest_file_that_is_no_record_hides_no_other(tmp_path: Path) -> None:
    records = Records(tmp_path)
    records.create(record())
    (tmp_path / "acme-staging-20260302T120000Z.json").write_text("half a rec")
    assert records.last(Target(tenant="acme", environment=STAGING)) == record()


def test_record_from_before_a_field_was_added_is_read(tmp_path: Path) -> None:
    records = Records(tmp_path)
    path = records.create(record().model_copy(update={"lock_id": "0" * 32}))
    stored = json.loads(path.read_text())
    del stored["lock_took_over"]
    path.write_text(json.dumps(stored))
    (older,) = records.of(record().target)
    assert (older.lock_id, older.lock_took_over) == ("0" * 32, None)
