"""What a run over a fleet changed, and what was rolled back since (A3)."""

from collections.abc import Callable, Sequence
from typing import Any

import pytest

from edgefleet.config.target import STAGING, Target
from edgefleet.fleet.models import FleetOptions, FleetRecord, Outcome, TargetResult
from edgefleet.fleet.records.undo import Undo, taken_back, to_undo
from edgefleet.records.models import Action, Record, Status
from support.records import NOON, run

RUN = FleetRecord(
    environment=STAGING,
    conduct=FleetOptions(engine="api"),
    bundle_digest="d1",
    started=NOON,
    members=(),
    edgefleet_version="0",
)


def run_of(**fields: Any) -> FleetRecord:
    return RUN.model_copy(update={"members": (TargetResult(tenant="acme", **fields),)})


def records_of(*records: Record) -> Callable[[Target], Sequence[Record]]:
    return lambda _target: sorted(records, key=lambda one: one.started, reverse=True)


def deployed(start: float = 1, **fields: Any) -> Record:
    given = {"bundle_digest": "d1", "version_id": "v2", "previous_version_id": "v1", **fields}
    return run(start, start + 1, **given)


def test_a_target_goes_back_to_the_version_that_the_run_found() -> None:
    member = {"outcome": Outcome.SUCCEEDED, "version_id": "v2", "previous_version_id": "v1"}
    assert to_undo(run_of(**member, ring=3), records_of()) == (Undo("acme", 3, "v2", "v1"),)


@pytest.mark.parametrize(
    "outcome", [Outcome.FAILED, Outcome.RESTORED, Outcome.INTERRUPTED, Outcome.HELD]
)
def test_a_target_that_is_as_it_was_is_none_of_it(outcome: Outcome) -> None:
    failed = deployed(status=Status.FAILED)
    assert to_undo(run_of(outcome=outcome), records_of(failed)) == ()
    assert to_undo(run_of(outcome=Outcome.UNCHANGED, version_id="v1"), records_of()) == ()


def test_a_run_that_began_nothing_changed_nothing() -> None:
    assert to_undo(run_of(), records_of()) == ()
    assert to_undo(run_of(), records_of(deployed(-5))) == ()


@pytest.mark.parametrize(
    ("outcome", "status"),
    [
        (Outcome.IN_PROGRESS, Status.SUCCEEDED),
        (Outcome.IN_PROGRESS, Status.IN_PROGRESS),
        (Outcome.RESTORE_FAILED, Status.RESTORE_FAILED),
    ],
)
def test_killed_run_is_read_from_the_targets_record(outcome: Outcome, status: Status) -> None:
    own, later = deployed(status=status), deployed(9, version_id="v9", bundle_digest="d9")
    assert to_undo(run_of(outcome=outcome), records_of(own, later)) == (
        Undo("acme", 0, "v2", "v1"),
    )


def test_missing_previous_version_comes_from_the_target() -> None:
    member = {"outcome": Outcome.SUCCEEDED, "version_id": "v2"}
    assert to_undo(run_of(**member), records_of(deployed()))[0].back_to == "v1"
    assert to_undo(run_of(**member), records_of())[0].back_to is None


def test_a_change_of_settings_alone_has_no_version_to_go_back_to() -> None:
    member = {"outcome": Outcome.SUCCEEDED, "version_id": "v2", "previous_version_id": "v2"}
    assert to_undo(run_of(**member), records_of())[0].back_to is None


@pytest.mark.parametrize(
    ("records", "back"),
    [
        ([], False),
        ([deployed(5, action=Action.ROLLBACK)], True),
        ([deployed(5, action=Action.ROLLBACK, status=Status.FAILED)], False),
        ([deployed(5, action=Action.ROLLBACK), deployed(9)], False),
        ([deployed(-5, action=Action.ROLLBACK)], False),
        ([deployed(1), deployed(5, action=Action.ROLLBACK, status=Status.UNCHANGED)], True),
    ],
)
def test_rollback_counts_until_the_next_deploy(records: list[Record], *, back: bool) -> None:
    assert taken_back(run_of(), records_of(*records)) == (("acme",) if back else ())
