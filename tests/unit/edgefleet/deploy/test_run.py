"""How a change of a target that is interrupted is recorded."""

from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest

from edgefleet.core.output.progress import ConsoleProgress
from edgefleet.deploy.request import ChangeRequest, Dependencies
from edgefleet.deploy.run import start_run
from edgefleet.errors import EdgefleetError, Interrupted, RestoreError
from edgefleet.locks.local import LocalLocks
from edgefleet.records.models import Action, Origin, Phase, Record, Status
from edgefleet.records.store import Records
from support.clock import FakeClock
from support.records import TARGET


def interrupted_in(phase: Phase, folder: Path) -> tuple[EdgefleetError, Record]:
    """Interrupt a run in a phase; return how it ended, and its record."""
    clock, records = FakeClock(), Records(folder / "deployments")
    ports = SimpleNamespace(
        records=records,
        clock=clock,
        progress=ConsoleProgress(clock),
        locks=LocalLocks(folder / "locks"),
    )
    asked = ChangeRequest(
        target=TARGET,
        load=lambda: pytest.fail("nothing is read"),
        origin=Origin(edgefleet_version="0"),
    )
    with (
        pytest.raises(EdgefleetError) as caught,
        start_run(asked, Action.DEPLOY, cast("Dependencies", ports), engine="none") as run,
        run.recorder.phase(phase),
    ):
        raise KeyboardInterrupt
    record = records.last(TARGET)
    assert record is not None
    return caught.value, record


@pytest.mark.parametrize("phase", [Phase.VALIDATE, Phase.PLAN, Phase.RENDER])
def test_nothing_is_touched_before_the_upload(tmp_path: Path, phase: Phase) -> None:
    error, record = interrupted_in(phase, tmp_path)
    assert isinstance(error, Interrupted)
    assert error.message == f"interrupted during {phase}; nothing was touched"
    assert record.status is Status.INTERRUPTED


@pytest.mark.parametrize("phase", [Phase.UPLOAD, Phase.TRAFFIC, Phase.RESTORE])
def test_what_was_not_put_back_needs_a_person(tmp_path: Path, phase: Phase) -> None:
    error, record = interrupted_in(phase, tmp_path)
    assert isinstance(error, RestoreError)
    assert f"interrupted during {phase}" in error.message
    assert "nothing was touched" not in error.message
    assert record.status is Status.RESTORE_FAILED
