"""The main job and its mishaps, on a Cloudflare that runs on this machine."""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass

from edgefleet.cloudflare.worker.bundle import Bundle
from edgefleet.config.fleet_config import FleetConfig
from edgefleet.config.target import Environment, Target
from edgefleet.config.tenant import Tenant
from edgefleet.core.clock import Clock
from edgefleet.core.model import Json
from edgefleet.core.output.progress import Progress
from edgefleet.drift.models import Drift
from edgefleet.drift.report import drift_text
from edgefleet.errors import UnhealthyError
from edgefleet.fleet.models import FleetRecord, Outcome
from edgefleet.health.models import SmokeResult
from edgefleet.history.models import HistoryEntry
from edgefleet.history.report import history_text
from edgefleet.records.models import Health, Record, Status
from edgefleet.rehearse.availability_poller import UNTOLD, AvailabilityPoller
from edgefleet.rehearse.bundles import broken, next_release
from edgefleet.rehearse.models import Act, Cell, Rehearsal

UNNOTICED = (
    "a release whose main handler fails passed the health check: let health.path of fleet.jsonc "
    "name a path that the Worker's code answers"
)
Visitor = Callable[[Target, str], AbstractContextManager[AvailabilityPoller]]
"""Asks the Worker of a target, at its URL, all the time."""


@dataclass(frozen=True, slots=True)
class RehearsalCommands:
    """What the acts are played with: the real commands, on the embedded Cloudflare."""

    bundle: Bundle
    rehearsed: Environment
    """In which the mishaps are played."""
    released: Environment
    """To which all tenants are deployed, ring by ring."""
    deploy: Callable[[Target, Bundle], Record]
    look: Callable[[Target], Drift]
    meddle: Callable[[Target], str]
    """Changes a target behind edgefleet's back; says what."""
    roll_back: Callable[[Target], Record]
    history: Callable[[Target], tuple[HistoryEntry, ...]]
    visitor: Visitor | None
    """Asks a Worker all the time; None for one without HTTP."""
    asked: str | None
    """What a health check asks, such as `GET /health`."""
    probe: Callable[[Target], Health]
    release: Callable[[], FleetRecord]
    """Deploys all tenants to the last environment, each ring after the one before."""
    smoke: Callable[[Target], SmokeResult] | None
    """Tests a Worker as the fleet's file asks; None where it asks for no smoke test."""
    ask: Callable[[Target, str], Json]
    """Returns what a Worker answers to its health check."""
    progress: Progress
    clock: Clock


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
    return Rehearsal(acts=tuple(play.acts), grid=grid, answers=answers, asked=stage.asked)


class _Play:
    """The acts, in order; each appends what it proved."""

    def __init__(self, stage: RehearsalCommands) -> None:
        self._stage = stage
        self.acts: list[Act] = []

    def first_deploys(self, targets: Sequence[Target]) -> list[str]:
        started = self._begin("deploy every tenant")
        records = [self._stage.deploy(target, self._stage.bundle) for target in targets]
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
