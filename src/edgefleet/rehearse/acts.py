"""The main job and its mishaps, on a Cloudflare that runs on this machine."""

import hashlib
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from secrets import token_hex

from edgefleet.cloudflare.worker.bundle import Bundle
from edgefleet.config.credentials.lookup import smoke_key_names, token_names
from edgefleet.config.target import DEFAULT_ENVIRONMENTS, Target
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
from edgefleet.rehearse.availability_poller import AvailabilityPoller
from edgefleet.rehearse.bundles import broken, next_release
from edgefleet.rehearse.localedge import Edge, EmbeddedAccount
from edgefleet.rehearse.models import Act, Cell, Rehearsal

REHEARSED, RELEASED = DEFAULT_ENVIRONMENTS


@dataclass(frozen=True, slots=True)
class RehearsalCommands:
    """What the acts are played with: the real commands, on the embedded Cloudflare."""

    bundle: Bundle
    deploy: Callable[[Target, Bundle], Record]
    look: Callable[[Target], Drift]
    meddle: Callable[[Target], str]
    """Changes a target behind edgefleet's back; says what."""
    roll_back: Callable[[Target], Record]
    history: Callable[[Target], tuple[HistoryEntry, ...]]
    visitor: Callable[[str], AbstractContextManager[AvailabilityPoller]]
    probe: Callable[[Target], Health]
    release: Callable[[], FleetRecord]
    """Deploys all tenants to production, each ring after the one before."""
    chat: Callable[[Target], SmokeResult]
    ask: Callable[[str], Json]
    progress: Progress
    clock: Clock


def accounts(tenants: Sequence[Tenant]) -> tuple[EmbeddedAccount, ...]:
    """Make up an account for each account id of the tenants, with its own random token."""
    first = {tenant.config.account_id: tenant.name for tenant in reversed(tenants)}
    return tuple(
        EmbeddedAccount(id=account_id, subdomain=name, token=f"rehearsal-{token_hex(16)}")
        for account_id, name in first.items()
    )


def environment_for(
    tenants: Sequence[Tenant], opened: Sequence[EmbeddedAccount], edge: Edge
) -> dict[str, str]:
    """Return the variables that point edgefleet at the embedded Cloudflare.

    Each tenant that asks for API keys has another one for production, made up here.
    """
    tokens = {account.id: account.token for account in opened}
    return {
        "CLOUDFLARE_API_BASE_URL": edge.api,
        "EDGEFLEET_WORKERS_DEV": edge.workers_dev,
        **{
            token_names(Target(tenant=tenant.name, environment=REHEARSED))[-1]: tokens[
                tenant.config.account_id
            ]
            for tenant in tenants
        },
        **{
            smoke_key_names(Target(tenant=tenant.name, environment=RELEASED))[-1]: token_hex(16)
            for tenant in tenants
            if tenant.config.api_key_digests
        },
    }


def with_key(tenant: Tenant, key: str) -> Tenant:
    """Return a tenant whose Worker takes one more API key, if it asks for any."""
    digests = tenant.config.api_key_digests
    if not digests:
        return tenant
    more = (*digests, hashlib.sha256(key.encode()).hexdigest())
    return replace(tenant, config=tenant.config.model_copy(update={"api_key_digests": more}))


def rehearse(tenants: Sequence[Tenant], stage: RehearsalCommands) -> Rehearsal:
    """Play every act; each says what it proved. The first tenant plays the mishaps."""
    targets = [Target(tenant=tenant.name, environment=REHEARSED) for tenant in tenants]
    hero = targets[0]
    play = _Play(stage)
    urls = play.first_deploys(targets)
    play.unchanged(hero)
    play.meddling(hero)
    play.broken_release(hero, urls[0])
    play.good_release(hero, urls[0])
    play.rollback(hero, urls[0])
    play.production()
    play.chats([Target(tenant=tenant.name, environment=RELEASED) for tenant in tenants])
    play.history(hero)
    everywhere = [
        Target(tenant=tenant.name, environment=environment)
        for tenant in tenants
        for environment in DEFAULT_ENVIRONMENTS
    ]
    grid = tuple(Cell(target=target, health=stage.probe(target)) for target in everywhere)
    answers = {url: stage.ask(url) for url in urls}
    return Rehearsal(acts=tuple(play.acts), grid=grid, answers=answers)


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

    def broken_release(self, hero: Target, url: str) -> None:
        title = "a broken release, while a visitor keeps asking"
        started = self._begin(title)
        stopped = False
        with self._stage.visitor(url) as visitor:
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
        self._end(started, title, good, words if good else f"the visitor saw {seen.failures}")

    def good_release(self, hero: Target, url: str) -> None:
        title = "a good release, while a visitor keeps asking"
        release = next_release(self._stage.bundle)
        self._without_outage(title, url, lambda: self._stage.deploy(hero, release))

    def rollback(self, hero: Target, url: str) -> None:
        title = "take that release back, while a visitor keeps asking"
        self._without_outage(title, url, lambda: self._stage.roll_back(hero))

    def _without_outage(self, title: str, url: str, change: Callable[[], Record]) -> None:
        """Change what is live; the visitor gets good answers of both versions, and no other."""
        started = self._begin(title)
        with self._stage.visitor(url) as visitor:
            record = change()
            visitor.ask()
        seen = visitor.visits()
        meant = {str(record.version_id), str(record.previous_version_id)}
        good = not seen.failures and set(seen.versions) == meant
        words = f"no outage: {seen.good} good answers, at the end of version {record.version_id}"
        self._end(started, title, good, words if good else f"the visitor saw {seen}")

    def production(self) -> None:
        title = "production, ring by ring"
        started = self._begin(title)
        done = self._stage.release()
        outcomes = {member.outcome for member in done.members}
        rings = len({member.ring for member in done.members})
        words = f"{len(done.members)} Workers live in {rings} rings, each proved before the next"
        self._end(started, title, outcomes <= {Outcome.SUCCEEDED, Outcome.HELD}, words)

    def chats(self, targets: Sequence[Target]) -> None:
        title = "chat with production, as a visitor does"
        started = self._begin(title)
        found = [self._stage.chat(target) for target in targets]
        passed = all(smoke.passed for smoke in found)
        words = f"{len(found)} Workers answered, whole and streamed, by the stand-in for AI"
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
