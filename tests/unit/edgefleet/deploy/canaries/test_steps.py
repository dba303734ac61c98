"""A version gets its traffic step by step, and none where a verdict is not good."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from edgefleet.canary.models import Window
from edgefleet.canary.sources import SourceUnread, Taken
from edgefleet.canary.watch import CanaryWatch, Watched
from edgefleet.cloudflare.models import Deployment, TrafficShare
from edgefleet.config.canary.policy import CanaryPolicy
from edgefleet.deploy.canaries.steps import CanarySteps
from edgefleet.deploy.canaries.verdicts import CanaryWorse
from edgefleet.deploy.script_change import ScriptChange
from edgefleet.errors import (
    EdgefleetError,
    EvidenceFailed,
    Interrupted,
    TargetBusyError,
    TooLittleTraffic,
)
from edgefleet.records.canary_steps import Verdict
from edgefleet.records.models import Phase
from support.canaries import ScriptedSource, served
from support.clock import FakeClock
from support.rollouts import CANARY, NEW, OLD, Scene, all_to, interrupt, no_answer, rollout_scene


def split(share: float) -> tuple[TrafficShare, ...]:
    return (
        TrafficShare(version_id=OLD, percentage=100 - share),
        TrafficShare(version_id=NEW, percentage=share),
    )


class Meddled(ScriptedSource):
    """A source at whose looks something else happens."""

    def __init__(self, *looks: Window | SourceUnread) -> None:
        super().__init__(*looks)
        self.meanwhile: Callable[[], None] = lambda: None

    def take(self) -> Taken:
        self.meanwhile()
        return super().take()


def scene(
    folder: Path, *looks: Window | SourceUnread, source: Meddled | None = None, **policy: Any
) -> Scene:
    """Set a scene whose new version goes through two steps."""
    made, source = rollout_scene(folder), source or Meddled(*looks)
    given = {"steps": [5, 50], "soak": "3s", "deadline": "9s", "warmUp": "0s", **policy}
    said = CanaryPolicy.model_validate(given)

    def take(change: ScriptChange, version_id: str, url: str) -> bool:
        watch = CanaryWatch(Watched(said, source, lambda _: served(), FakeClock(), "acme"))
        return CanarySteps(change, said, watch, (OLD, version_id)).take()

    made.take_steps = take
    return made


def test_a_good_version_gets_each_share_in_the_same_order(tmp_path: Path) -> None:
    rollout = scene(tmp_path, served())

    rollout.roll_out()

    assert rollout.script.seen == [CANARY, split(5), split(50), split(100), all_to(NEW)]
    record = rollout.recorder.record
    assert [(step.share, step.verdict) for step in record.canary] == [
        (5, Verdict.GOOD),
        (50, Verdict.GOOD),
    ]
    assert Phase.STEPS in record.seconds


@pytest.mark.parametrize(
    ("looks", "kind", "code", "words"),
    [
        ([served(30)], CanaryWorse, 7, "the new version was worse at 5 % of the traffic"),
        ([served(new=0)], TooLittleTraffic, 11, "too little traffic at 5 % of the traffic"),
        ([SourceUnread("no")], EvidenceFailed, 12, "worker, which counts, failed at 5 %"),
    ],
)
def test_any_verdict_but_good_restores_what_was_live(
    tmp_path: Path, looks: list[Any], kind: type[EdgefleetError], code: int, words: str
) -> None:
    rollout = scene(tmp_path, *looks)

    with pytest.raises(kind, match=words) as caught:
        rollout.roll_out()

    assert rollout.script.seen == [CANARY, split(5), all_to(OLD)]
    assert caught.value.exit_code == code
    assert caught.value.message.endswith(f"version {OLD} is live again, as before")
    assert "edgefleet deploy --tenant acme --env staging" in caught.value.hint


def test_a_later_step_that_is_bad_keeps_the_good_ones_on_record(tmp_path: Path) -> None:
    rollout = scene(tmp_path, *[served()] * 3, served(30))

    with pytest.raises(CanaryWorse, match="at 50 % of the traffic"):
        rollout.roll_out()

    verdicts = [step.verdict for step in rollout.recorder.record.canary]
    assert verdicts == [Verdict.GOOD, Verdict.BAD]


def test_another_tools_deployment_ends_the_canary_and_stays(tmp_path: Path) -> None:
    source, theirs = Meddled(served()), all_to("v3")
    rollout = scene(tmp_path, source=source)
    deployed = Deployment(id="theirs", created_on="", versions=theirs)
    source.meanwhile = lambda: rollout.script.past.insert(0, deployed)

    with pytest.raises(TargetBusyError):
        rollout.roll_out()

    live = rollout.script.live
    assert live
    assert live.versions == theirs


def test_a_look_that_cannot_read_deployments_goes_on(tmp_path: Path) -> None:
    rollout = scene(tmp_path, served())
    recent, failures = rollout.account.recent, [no_answer()]

    def unread_once() -> tuple[Deployment, ...]:
        if len(rollout.script.seen) == 2 and rollout.recorder.record.canary and failures:
            raise failures.pop()
        return recent()

    rollout.account.recent = unread_once

    rollout.roll_out()

    assert rollout.serves(NEW)
    assert failures == []


def test_ctrl_c_at_a_step_restores_what_was_live(tmp_path: Path) -> None:
    source = Meddled(served())
    rollout = scene(tmp_path, source=source)
    source.meanwhile = interrupt

    with pytest.raises(Interrupted, match="interrupted during steps"):
        rollout.roll_out()

    assert rollout.script.seen == [CANARY, split(5), all_to(OLD)]
    assert rollout.recorder.record.canary[0].verdict is None
