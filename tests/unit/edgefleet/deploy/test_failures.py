"""What a run records of its failure, and says of what it leaves."""

from pathlib import Path

import pytest

from edgefleet.deploy.failures import failures_recorded
from edgefleet.errors import CloudflareError, EdgefleetError, Interrupted, UsageError
from edgefleet.records.models import Action, Phase, Status
from edgefleet.records.recorder import Recorder
from support.rollouts import rollout_scene

OTHER = "1" * 32


@pytest.fixture
def recorder(tmp_path: Path) -> Recorder:
    """Record a rollback that took a lock over."""
    recorder = rollout_scene(tmp_path).recorder
    recorder.set(action=Action.ROLLBACK, version_id=None, git_commit=None, lock_took_over=OTHER)
    return recorder


@pytest.mark.parametrize(
    ("raised", "status"),
    [
        (KeyboardInterrupt(), Status.INTERRUPTED),
        (CloudflareError("Cloudflare does not answer"), Status.FAILED),
        (UsageError("there is no version to roll back to"), Status.FAILED),
    ],
)
def test_taken_over_run_is_named_where_nothing_was_touched(
    recorder: Recorder, raised: BaseException, status: Status
) -> None:
    recorder.set(phase=Phase.PLAN)
    with pytest.raises(EdgefleetError) as failure, failures_recorded(recorder):
        raise raised
    assert f"run {OTHER}, whose lock it took over, restores nothing" in failure.value.message
    assert failure.value.hint.startswith("edgefleet rollback --tenants ")
    assert recorder.record.status is status
    assert recorder.record.error
    assert recorder.record.error.message == failure.value.message


@pytest.mark.parametrize(("took_over", "phase"), [(None, Phase.PLAN), (OTHER, Phase.TRAFFIC)])
def test_no_other_run_is_named_without_need(
    recorder: Recorder, took_over: str | None, phase: Phase
) -> None:
    recorder.set(lock_took_over=took_over, phase=phase)
    error = CloudflareError("Cloudflare does not answer")
    with pytest.raises(CloudflareError) as failure, failures_recorded(recorder):
        raise error
    assert failure.value is error


def test_interrupt_keeps_its_exit_code(recorder: Recorder) -> None:
    recorder.set(phase=Phase.LOCK)
    words = "interrupted during lock; nothing was touched; run 1"
    with pytest.raises(Interrupted, match=words), failures_recorded(recorder):
        raise KeyboardInterrupt
