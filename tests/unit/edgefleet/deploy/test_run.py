"""How a change of a target that is interrupted is recorded."""

from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest

from edgefleet.config.fleet_config import FleetConfig
from edgefleet.config.health.proof import ProofLevel
from edgefleet.core.output.progress import ConsoleProgress
from edgefleet.deploy.request import ChangeRequest, Dependencies
from edgefleet.deploy.run import Run, start_run
from edgefleet.errors import EdgefleetError, Interrupted, RestoreError, UnhealthyError
from edgefleet.locks.local import LocalLocks
from edgefleet.records.models import Action, Health, Origin, Phase, Record, Status
from edgefleet.records.recorder import Recorder
from edgefleet.records.store import Records
from support.clock import FakeClock
from support.many import tenant_of
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


@pytest.mark.parametrize(("proved", "enough"), [("answers", False), ("version", True)])
def test_less_proof_than_the_environment_asks_is_unhealthy(
    tmp_path: Path, proved: str, enough: bool
) -> None:
    asked = {"environments": {str(TARGET.environment): {"minimumProof": "version"}}}
    fleet = FleetConfig.model_validate({**asked, "health": {"version": "/v"}})
    ports = SimpleNamespace(
        credentials=None,
        probe=lambda url, _expected, **_options: Health(
            url=url, healthy=True, attempts=1, seconds=0.0, proof=ProofLevel(proved)
        ),
    )
    clock = FakeClock()
    record = Record(
        tenant=TARGET.tenant,
        environment=TARGET.environment,
        action=Action.DEPLOY,
        dry_run=False,
        engine="none",
        started=clock.now(),
        edgefleet_version="0",
    )
    recorder = Recorder(record, Records(tmp_path), clock, ConsoleProgress(clock))
    change = ChangeRequest(
        target=TARGET,
        load=lambda: pytest.fail("nothing is read"),
        origin=Origin(edgefleet_version="0"),
    )
    run = Run(change, cast("Dependencies", ports), recorder, None, ExitStack())
    run.tenant = replace(tenant_of(tmp_path, TARGET.tenant), fleet=fleet)
    if enough:
        run.check_health("v1", "http://worker.example", pinned=False)
        assert recorder.record.proof == "version"
        return
    with pytest.raises(UnhealthyError, match="proved 'answers', and minimumProof of"):
        run.check_health("v1", "http://worker.example", pinned=False)
