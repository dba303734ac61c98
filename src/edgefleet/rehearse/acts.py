"""The main job and its mishaps, on a Cloudflare that runs on this machine."""

from collections.abc import Callable, Sequence

from edgefleet.config.fleet_config import FleetConfig
from edgefleet.config.target import Environment, Target
from edgefleet.config.tenant import Tenant
from edgefleet.drift.report import drift_text
from edgefleet.errors import EvidenceFailed, TooLittleTraffic, UnhealthyError
from edgefleet.fleet.models import Outcome
from edgefleet.health.models import SmokeResult
from edgefleet.history.report import history_text
from edgefleet.records.models import Record, Status
from edgefleet.rehearse.availability_poller import UNTOLD
from edgefleet.rehearse.bundles import broken, next_release
from edgefleet.rehearse.canary_acts import goes_bad, goes_through, no_canary
from edgefleet.rehearse.models import Act, Cell, Rehearsal
from edgefleet.rehearse.stage import RehearsalCommands, Visitor

UNNOTICED = (
    "a release whose main handler fails passed the health check: let health.path of fleet.jsonc "
    "name a path that the Worker's code answers"
)


def environments_of(fleet: FleetConfig) -> tuple[Environment, Environment]:
    """Return the environments of a rehearsal: a fleet's first one, and its last."""
    return fleet.deployable[0], fleet.deployable[-1]


def rehearse(tenants: Sequence[Tenant], stage: RehearsalCommands) -> Rehearsal:
    """Play every act; each says what it proved. The first tenant plays the mishaps."""
    targets = [Target(tenant=tenant.name, environment=stage.rehearsed) for tenant in tenants]
    hero = targets[0]
    play = _Play(stage)
    urls = play.first_deploys(targets)
    play.unchanged(hero)
    play.meddling(hero)
    if stage.visitor:
        play.broken_release(hero, urls[0], stage.visitor)
    play.good_release(hero, urls[0])
    play.rollback(hero, urls[0])
    play.canaries(hero, urls[0])
    play.all_rings()
    if stage.smoke:
        last = [Target(tenant=tenant.name, environment=stage.released) for tenant in tenants]
        play.smoke(stage.smoke, last)
    play.history(hero)
    everywhere = [
        Target(tenant=tenant.name, environment=environment)
        for tenant in tenants
        for environment in dict.fromkeys((stage.rehearsed, stage.released))
    ]
    grid = tuple(Cell(target=target, health=stage.probe(target)) for target in everywhere)
    asked = zip(urls, targets, strict=True) if stage.visitor else ()
    answers = {url: stage.ask(target, url) for url, target in asked}
    return Rehearsal(
        acts=tuple(play.acts),
        left_out=tuple(play.left_out),
        grid=grid,
        answers=answers,
        asked=stage.asked,
    )


class _Play:
    """The acts, in order; each appends what it proved."""

    def __init__(self, stage: RehearsalCommands) -> None:
        self._stage = stage
        self.acts: list[Act] = []
        self.left_out: list[str] = []

    def first_deploys(self, targets: Sequence[Target]) -> list[str]:
        started = self._begin("deploy every tenant")
        records = [self._stage.first_deploy(target, self._stage.bundle) for target in targets]
        good = all(record.status is Status.SUCCEEDED for record in records)
        self._end(started, "deploy every tenant", good, f"{len(records)} Workers live and healthy")
        return [str(record.url) for record in records]

    def unchanged(self, hero: Target) -> None:
        started = self._begin("deploy again")
        record = self._stage.deploy(hero, self._stage.bundle)
        good = record.status is Status.UNCHANGED
        self._end(started, "deploy again", good, "unchanged: nothing was uploaded")

    def meddling(self, hero: Target) -> None:
        title = "a person edits it in the dashboard; drift, repair"
        started = self._begin(title)
        self._stage.progress.say(f"  {self._stage.meddle(hero)}")
        seen = self._stage.look(hero)
        self._stage.progress.say(drift_text(seen))
        self._stage.deploy(hero, self._stage.bundle)
        good = not seen.in_sync and self._stage.look(hero).in_sync
        self._end(started, title, good, f"{len(seen.findings)} differences found and repaired")

    def broken_release(self, hero: Target, url: str, come: Visitor) -> None:
        title = "a broken release, while a visitor keeps asking"
        started = self._begin(title)
        stopped = False
        with come(hero, url) as visitor:
            try:
                self._stage.deploy(hero, broken(self._stage.bundle))
            except UnhealthyError as error:
                if error.interrupted:
                    raise
                stopped = True
                self._stage.progress.say(f"  stopped: {error.message}")
        seen = visitor.visits()
        good = stopped and not seen.failures and len(seen.versions) == 1
        words = f"stopped at 0 %; all {seen.good} answers to the visitor were good"
        why = f"the visitor saw {seen.failures}" if stopped else UNNOTICED
        self._end(started, title, good, words if good else why)

    def good_release(self, hero: Target, url: str) -> None:
        title = "a good release, while a visitor keeps asking"
        release = next_release(self._stage.bundle)
        self._without_outage(title, hero, url, lambda: self._stage.deploy(hero, release))

    def rollback(self, hero: Target, url: str) -> None:
        title = "take that release back, while a visitor keeps asking"
        self._without_outage(title, hero, url, lambda: self._stage.roll_back(hero))

    def _without_outage(
        self, title: str, hero: Target, url: str, change: Callable[[], Record]
    ) -> None:
        """Change what is live; the visitor gets good answers of both versions, and no other.

        Whose they are is seen where the Worker tells its version.
        """
        started = self._begin(title)
        if self._stage.visitor is None:
            record = change()
            good = record.status is Status.SUCCEEDED
            self._end(started, title, good, f"version {record.version_id} is in force")
            return
        with self._stage.visitor(hero, url) as visitor:
            record = change()
            visitor.ask()
        seen = visitor.visits()
        meant = {str(record.version_id), str(record.previous_version_id)}
        told = set(seen.versions) - {UNTOLD}
        good = seen.good > 0 and not seen.failures and (told == meant or not told)
        words = f"no outage: {seen.good} good answers, at the end of version {record.version_id}"
        self._end(started, title, good, words if good else f"the visitor saw {seen}")

    def canaries(self, hero: Target, url: str) -> None:
        """Play both canaries, or say why there is none."""
        why = no_canary(self._stage, hero)
        come = self._stage.visitor
        if come is None or why:
            self.left_out.append(f"canaries under traffic: {why}")
            return
        both = {
            "a canary that goes bad under traffic": goes_bad,
            "a canary that goes through": goes_through,
        }
        for title, play in both.items():
            started = self._begin(title)
            try:
                good, words = play(self._stage, hero, url, come)
            except (TooLittleTraffic, EvidenceFailed) as error:
                good, words = False, error.message
            self._end(started, title, good, words)

    def all_rings(self) -> None:
        title = f"{self._stage.released}, ring by ring"
        started = self._begin(title)
        done = self._stage.release()
        outcomes = {member.outcome for member in done.members}
        rings = len({member.ring for member in done.members})
        words = f"{len(done.members)} Workers live in {rings} rings, each proved before the next"
        self._end(started, title, outcomes <= {Outcome.SUCCEEDED, Outcome.HELD}, words)

    def smoke(self, test: Callable[[Target], SmokeResult], targets: Sequence[Target]) -> None:
        title = f"smoke test of {self._stage.released}, as a client sees it"
        started = self._begin(title)
        found = [test(target) for target in targets]
        passed = all(smoke.passed for smoke in found)
        words = f"{len(found)} Workers passed it"
        reasons = "; ".join(smoke.reason for smoke in found if not smoke.passed)
        self._end(started, title, passed, words if passed else reasons)

    def history(self, hero: Target) -> None:
        started = self._begin("history")
        entries = self._stage.history(hero)
        self._stage.progress.say(history_text(entries))
        results = {entry.result for entry in entries if entry.recorded}
        meant = {Status.SUCCEEDED, Status.UNCHANGED, Status.RESTORED}
        words = f"all {len(entries)} runs are on record, each with how it ended"
        self._end(started, "history", results == meant and all(e.recorded for e in entries), words)

    def _begin(self, title: str) -> float:
        self._stage.progress.heading(f"\nAct {len(self.acts) + 1}: {title}")
        return self._stage.clock.monotonic()

    def _end(self, started: float, title: str, good: bool, words: str) -> None:  # noqa: FBT001 - one call each
        seconds = round(self._stage.clock.monotonic() - started, 1)
        self.acts.append(Act(title=title, proved=good, words=words, seconds=seconds))
        self._stage.progress.say(f"  {'proved' if good else 'NOT PROVED'}: {words}")
