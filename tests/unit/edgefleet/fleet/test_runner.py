"""A run over a fleet: its order, its threshold, its interruption, its record."""

import json
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

import pytest

from edgefleet.canary.watch import Watched
from edgefleet.config.canary.policy import CanaryPolicy
from edgefleet.config.target import STAGING
from edgefleet.core.clock import Clock, SystemClock
from edgefleet.core.output.notes import Notes
from edgefleet.core.output.progress import Progress
from edgefleet.core.signals import Cancellation
from edgefleet.deploy.canaries.verdicts import CanaryWorse
from edgefleet.deploy.checks.holds import TargetHeld
from edgefleet.errors import CloudflareError, EdgefleetError, Interrupted, RestoreError
from edgefleet.fleet.cancellation import InterruptibleClock, TargetCancellation, TargetProgress
from edgefleet.fleet.models import FleetOptions, FleetRecord, Outcome, TargetResult
from edgefleet.fleet.records.recorder import FleetRecorder
from edgefleet.fleet.records.store import FleetRecords, read_fleet
from edgefleet.fleet.ring_canary.canaries import CanaryTenant, RingCanaries
from edgefleet.fleet.runner import Fleet, FleetDependencies
from edgefleet.records.canary_steps import Verdict
from edgefleet.records.models import Phase, Record
from support.canaries import ScriptedSource, served
from support.clock import FakeClock
from support.many import tenant_of
from support.records import NOON, run


class Noted:
    """A board that remembers what it was shown."""

    def __init__(self) -> None:
        self.said: list[str] = []
        self.phases: list[tuple[str, str]] = []
        self.endings: list[TargetResult] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None: ...

    def say(self, text: str) -> None:
        self.said.append(text)

    def begun(self, tenant: str, phase: str) -> None:
        self.phases.append((tenant, phase))

    def ended(self, member: TargetResult) -> None:
        self.endings.append(member)


Act = Callable[[Progress, Clock], None]


@dataclass
class Scene:
    """A fleet whose targets do as the test says; without a word they succeed."""

    folder: Path
    acts: dict[str, Act] = field(default_factory=dict)
    board: Noted = field(default_factory=Noted)
    halt: Cancellation = field(default_factory=Cancellation)
    clock: FakeClock = field(default_factory=FakeClock)
    begun: list[str] = field(default_factory=list)
    records: type[FleetRecords] = FleetRecords
    canaries: RingCanaries | None = None

    def change(self, tenant: str, progress: Progress, clock: Clock) -> Record:
        self.begun.append(tenant)
        try:
            with progress.step(Phase.UPLOAD):
                if act := self.acts.get(tenant):
                    act(progress, clock)
        except KeyboardInterrupt:
            raise Interrupted("interrupted during upload; nothing was changed") from None
        return run(0, 1, tenant=tenant, version_id=f"version-of-{tenant}")

    def run(self, rings: dict[str, int], **conduct: Any) -> FleetRecord:
        record = FleetRecord(
            environment=STAGING,
            conduct=FleetOptions(engine="api", **conduct),
            started=NOON,
            members=tuple(TargetResult(tenant=name, ring=ring) for name, ring in rings.items()),
            edgefleet_version="0",
        )
        recorder = FleetRecorder(record, self.records(self.folder), self.clock)
        ports = FleetDependencies(self.board, self.clock, self.halt, self.canaries)
        ended = Fleet(recorder, self.change, ports).run()
        assert recorder.unwritten or read_fleet(recorder.path) == ended
        return ended


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    return Scene(tmp_path / "deployments")


def failing(error: EdgefleetError) -> Act:
    def act(_progress: Progress, _clock: Clock) -> None:
        raise error

    return act


def outcomes(record: FleetRecord) -> dict[str, str]:
    return {member.tenant: member.outcome.value for member in record.members}


def flat(*names: str) -> dict[str, int]:
    return dict.fromkeys(names, 0)


REFUSED = CloudflareError("Cloudflare refused it", hint="nothing was changed")


def test_all_targets_are_changed_in_the_order_of_rings_and_names(scene: Scene) -> None:
    ended = scene.run({"d": 0, "c": 2, "b": 1, "a": 1})
    assert scene.begun == ["d", "a", "b", "c"]
    assert ended.status == "succeeded"
    assert ended.members[0].version_id == "version-of-d"
    assert ended.finished == scene.clock.now()
    assert not ended.left


def test_the_first_failure_leaves_the_rest_alone(scene: Scene) -> None:
    scene.acts["b"] = failing(REFUSED)
    ended = scene.run(flat("a", "b", "c"))
    assert outcomes(ended) == {"a": "succeeded", "b": "failed", "c": "waiting"}
    assert ended.status == "failed"
    assert [member.tenant for member in ended.left] == ["b", "c"]
    failed = ended.members[1]
    assert failed.error is not None
    assert (failed.error.message, failed.error.code) == ("Cloudflare refused it", "cloudflare")
    assert failed.phase is Phase.UPLOAD


def test_failed_ring_is_finished_and_the_next_untouched(
    scene: Scene,
) -> None:
    scene.acts["a"] = failing(REFUSED)
    ended = scene.run({"a": 0, "b": 0, "c": 1}, continue_on_error=True)
    assert outcomes(ended) == {"a": "failed", "b": "succeeded", "c": "waiting"}


@pytest.mark.parametrize(
    ("most", "begun"),
    [(None, "a"), ("0", "a"), ("1", "ab"), ("2", "abc"), ("34%", "ab"), ("100%", "abc")],
)
def test_as_many_failures_are_borne_as_are_allowed(
    scene: Scene, most: str | None, begun: str
) -> None:
    scene.acts = dict.fromkeys("abc", failing(REFUSED))
    scene.run(flat("a", "b", "c"), max_failures=most)
    assert "".join(scene.begun) == begun


def test_failures_that_are_borne_let_the_next_ring_begin(scene: Scene) -> None:
    scene.acts["a"] = failing(REFUSED)
    ended = scene.run({"a": 0, "b": 1}, max_failures="1")
    assert outcomes(ended) == {"a": "failed", "b": "succeeded"}


def test_failures_of_all_rings_count_together(scene: Scene) -> None:
    scene.acts = dict.fromkeys("ab", failing(REFUSED))
    ended = scene.run({"a": 0, "b": 1, "c": 2}, max_failures="1")
    assert outcomes(ended)["c"] == "waiting"


def test_no_more_targets_than_asked_for_are_under_way_at_once(scene: Scene) -> None:
    lock, now, most = threading.Lock(), 0, 0
    together = threading.Barrier(3)

    def act(_progress: Progress, _clock: Clock) -> None:
        nonlocal now, most
        with lock:
            now += 1
            most = max(most, now)
        together.wait(60)
        with lock:
            now -= 1

    scene.acts = dict.fromkeys("abcdef", act)
    assert scene.run(flat(*"abcdef"), parallel=3).status == "succeeded"
    assert most == 3


def test_a_fault_at_one_target_is_its_failure_alone(scene: Scene) -> None:
    def act(_progress: Progress, _clock: Clock) -> None:
        raise ZeroDivisionError("oh")

    scene.acts["a"] = act
    ended = scene.run(flat("a", "b"), continue_on_error=True)
    assert outcomes(ended) == {"a": "failed", "b": "succeeded"}
    assert ended.members[0].error is not None
    assert ended.members[0].error.message == "ZeroDivisionError: oh"


class FullDisk(FleetRecords):
    """A disk on which there was room for one file."""

    def replace(self, path: Path, record: FleetRecord) -> None:
        raise OSError("no space left")


def test_a_record_that_cannot_be_written_ends_the_run(scene: Scene) -> None:
    def act(_progress: Progress, _clock: Clock) -> None:
        scene.clock.elapsed += 2

    scene.records = FullDisk
    scene.acts = dict.fromkeys("abc", act)
    with pytest.raises(OSError, match="no space left"):
        scene.run(flat("a", "b", "c"))
    assert scene.begun == ["a"]


def test_unwritable_record_changes_no_outcome(scene: Scene) -> None:
    scene.records = FullDisk
    ended = scene.run(flat("a", "b"))
    assert outcomes(ended) == {"a": "succeeded", "b": "succeeded"}
    assert any("could not be written (no space left)" in words for words in scene.board.said)


def test_newly_held_target_is_skipped_without_failure(scene: Scene) -> None:
    scene.acts["a"] = failing(TargetHeld("a is frozen until tomorrow: holidays"))
    ended = scene.run(flat("a", "b"))
    assert outcomes(ended) == {"a": "held", "b": "succeeded"}
    assert ended.members[0].why == "a is frozen until tomorrow: holidays"


def test_a_target_that_a_person_must_see_to_says_so(scene: Scene) -> None:
    scene.acts["a"] = failing(RestoreError("it could not be restored"))
    assert outcomes(scene.run(flat("a"))) == {"a": "restore_failed"}


def test_a_restored_target_says_so(scene: Scene) -> None:
    def act(progress: Progress, _clock: Clock) -> None:
        with progress.step(Phase.RESTORE):
            pass
        raise REFUSED

    scene.acts["a"] = act
    assert outcomes(scene.run(flat("a"))) == {"a": "restored"}


def test_a_stop_begins_nothing_new_and_reaches_what_is_half_done(scene: Scene) -> None:
    def stop(progress: Progress, _clock: Clock) -> None:
        scene.halt.request()
        with progress.step(Phase.CANARY):
            raise AssertionError("it does not begin")

    scene.acts["b"] = stop
    ended = scene.run({"a": 0, "b": 0, "c": 0, "d": 1})
    assert outcomes(ended) == {
        "a": "succeeded",
        "b": "interrupted",
        "c": "waiting",
        "d": "waiting",
    }
    assert ended.status == "interrupted"
    assert scene.board.said[1:] == [
        "stopping: no further target is started; targets in progress are restored"
    ]


def test_a_stop_ends_a_wait_at_once(scene: Scene) -> None:
    def stop(_progress: Progress, clock: Clock) -> None:
        scene.halt.request()
        clock.sleep(3600)

    scene.acts["a"] = stop
    assert outcomes(scene.run(flat("a"))) == {"a": "interrupted"}


def test_a_stop_after_the_last_target_is_no_interruption(scene: Scene) -> None:
    scene.acts["a"] = lambda _progress, _clock: scene.halt.request()
    assert scene.run(flat("a")).status == "succeeded"


def test_what_is_put_back_is_not_interrupted_again(scene: Scene) -> None:
    interruption = TargetCancellation(scene.halt, scene.clock)
    progress = TargetProgress("a", scene.board, interruption, Notes())
    clock = InterruptibleClock(scene.clock, interruption)
    with pytest.raises(CloudflareError), progress.step(Phase.UPLOAD):
        raise REFUSED
    scene.halt.request()
    with progress.step(Phase.RESTORE):
        clock.sleep(7)
    assert scene.clock.slept == [7]
    assert progress.phase is Phase.RESTORE


def test_a_target_is_told_once(scene: Scene) -> None:
    interruption = TargetCancellation(scene.halt, scene.clock)
    scene.halt.request()
    with pytest.raises(KeyboardInterrupt):
        interruption.check()
    interruption.check()


def test_the_record_on_disk_says_in_progress_until_the_end(scene: Scene) -> None:
    seen = []

    def look(_progress: Progress, _clock: Clock) -> None:
        (path,) = scene.folder.glob("fleet-staging-20260301T120000Z.json")
        seen.append(json.loads(path.read_text()))
        scene.clock.elapsed += 5

    scene.acts = dict.fromkeys("ab", look)
    scene.run(flat("a", "b"))
    assert [one["status"] for one in seen] == ["in_progress", "in_progress"]
    assert [member["outcome"] for member in seen[1]["members"]] == ["succeeded", "waiting"]


def test_what_is_done_in_a_record_is_not_done_again(scene: Scene, tmp_path: Path) -> None:
    members = (
        TargetResult(tenant="a", outcome=Outcome.SUCCEEDED),
        TargetResult(tenant="b", outcome=Outcome.HELD, why="pinned"),
        TargetResult(tenant="c"),
    )
    record = scene.run(flat("x")).model_copy(update={"members": members})
    scene.begun.clear()
    recorder = FleetRecorder(record, FleetRecords(tmp_path / "other"), scene.clock)
    Fleet(recorder, scene.change, FleetDependencies(scene.board, scene.clock, scene.halt)).run()
    assert scene.begun == ["c"]


def test_step_that_never_began_is_the_phase_shown(
    scene: Scene,
) -> None:
    """C13: the table named the step before, the message this one."""
    interruption = TargetCancellation(scene.halt, scene.clock)
    progress = TargetProgress("a", scene.board, interruption, Notes())
    with progress.step(Phase.CREDENTIALS):
        scene.halt.request()
    with pytest.raises(KeyboardInterrupt), progress.step(Phase.BUILD):
        raise AssertionError("it began")
    assert progress.phase is Phase.BUILD


POLICY = CanaryPolicy.model_validate(
    {"steps": [5], "soak": "1s", "minimumRequests": 20, "warmUp": "0s", "deadline": "60s"}
)


class Passing(SystemClock):
    """A clock that goes on, and whose waits end where the run is to stop."""

    def __init__(self, interruptible: Clock) -> None:
        self.sleep = interruptible.sleep  # type: ignore[method-assign]


def with_canaries(scene: Scene, folder: Path, **errors: int) -> None:
    """Let these tenants take a step, with so many errors of the new version at each look."""
    tenants = {name: CanaryTenant(tenant_of(folder, name), POLICY) for name in errors}
    canaries = scene.canaries = RingCanaries(tenants, 1, SystemClock())

    def act(tenant: str, errors: int, interruptible: Clock) -> None:
        source, clock = ScriptedSource(served(errors, new=20, old=80)), Passing(interruptible)
        watch = canaries.watch(Watched(POLICY, source, lambda _: served(), clock, tenant))
        watch.begin()
        step = watch.step(5, lambda _: None)
        if step.verdict is not Verdict.GOOD:
            raise CanaryWorse(f"worse: {step.reason}")
        watch.finish()

    def act_of(tenant: str, errors: int) -> Act:
        return lambda _, clock: act(tenant, errors, clock)

    scene.acts |= {name: act_of(name, count) for name, count in errors.items()}


def test_a_bad_version_ends_its_ring_alone(scene: Scene, tmp_path: Path) -> None:
    with_canaries(scene, tmp_path, a=0, b=0, c=0, d=15, e=0)

    ended = scene.run({"a": 0, "b": 0, "c": 1, "d": 1, "e": 2})

    assert outcomes(ended) == {
        **dict.fromkeys("ab", "succeeded"),
        **dict.fromkeys("cd", "failed"),
        "e": "waiting",
    }
    assert [(step.ring, step.verdict) for step in ended.canaries] == [(0, "good"), (1, "bad")]
    assert any(line.startswith("ring 1, canary at 5 % of 2") for line in scene.board.said)


def test_who_fails_before_its_steps_is_not_waited_for(scene: Scene, tmp_path: Path) -> None:
    with_canaries(scene, tmp_path, a=0, b=0, c=0)
    scene.acts["b"] = failing(REFUSED)

    ended = scene.run(flat("a", "b", "c", "d"))

    assert outcomes(ended) == {"a": "succeeded", "b": "failed", "c": "waiting", "d": "waiting"}
    assert ended.canaries[0].pooled.targets == 1


def test_a_ring_that_waits_for_its_canaries_can_be_stopped(scene: Scene, tmp_path: Path) -> None:
    with_canaries(scene, tmp_path, a=0, b=0)

    def stop(_progress: Progress, clock: Clock) -> None:
        scene.halt.request()
        clock.sleep(1)

    scene.acts["b"] = stop

    assert outcomes(scene.run(flat("a", "b"))) == {"a": "interrupted", "b": "interrupted"}
