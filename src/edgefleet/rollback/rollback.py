"""Give an earlier version the traffic again; it is proved first, or nothing changes.

lock -> validate -> credentials -> preflight -> canary -> traffic -> health -> settings -> record
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import NamedTuple

from edgefleet.cloudflare.envelope import ApiError
from edgefleet.cloudflare.error_codes import VERSION_NOT_DEPLOYABLE
from edgefleet.cloudflare.limits import DEPLOYABLE_VERSIONS
from edgefleet.cloudflare.models import (
    Deployment,
    DeploymentEvent,
    LiveState,
    ScriptSettings,
    Version,
)
from edgefleet.cloudflare.settings import settings
from edgefleet.config.account_session import AccountSession
from edgefleet.config.environments import resolve
from edgefleet.config.target import Target
from edgefleet.config.tenant import Tenant
from edgefleet.core.git import resolve_commit
from edgefleet.core.worktrees import worktree
from edgefleet.deploy.checks.commits import (
    check_made_from_commit,
    check_merged,
    check_was_live,
    version_was_live,
)
from edgefleet.deploy.checks.holds import TargetHeld
from edgefleet.deploy.checks.hosts import check_return, lost_hosts_notes
from edgefleet.deploy.request import ChangeRequest, Dependencies
from edgefleet.deploy.run import Run, start_run
from edgefleet.deploy.traffic import Traffic
from edgefleet.deploy.traffic_shift import TrafficShift
from edgefleet.errors import EdgefleetError, UsageError
from edgefleet.plan.report import change_text
from edgefleet.records.models import Action, Phase, Record, Status
from edgefleet.records.signature import commit_of_tag, message_of, own_split
from edgefleet.rollback.models import RollbackPlan, TrafficEvent, VersionSource
from edgefleet.rollback.preflight import ALLOW_CHANGED_SECRETS, preflight
from edgefleet.rollback.rules import (
    PREVIOUS,
    KilledRollback,
    abandoned_events,
    events_of_deployments,
    events_of_records,
    killed_rollback,
    previous_version,
    traffic_moved_elsewhere,
    uploaded_version,
    version_source,
    versions_made_elsewhere,
)
from edgefleet.state.diff import diff
from edgefleet.state.flat_state import setting_facts

NO_UPLOAD = "none"
"""A rollback's engine: it uploads nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RollbackRequest(ChangeRequest):
    """What is asked of a rollback."""

    root: Path
    """The repository, for the commit that a version was made from."""
    load_at: Callable[[Path, Target], Tenant]
    """Validates and loads a target's tenant in another checkout."""
    to: str = PREVIOUS
    """`previous_version`, or a version's id."""
    accept_changed_secrets: bool = False
    leaving: str | None = None
    """The version that must be live, unless `to` is; any, where it is None."""


class RollbackResult(NamedTuple):
    """The record of a rollback, and the way that it took; None where it was there already."""

    record: Record
    way: RollbackPlan | None


def rollback(asked: RollbackRequest, ports: Dependencies) -> RollbackResult:
    """Return to an earlier version. Every failure is recorded before it is raised.

    Raises `UsageError` where there is nothing to return to or secrets were changed since, and
    `CloudflareError` where Cloudflare would refuse the version: nothing was touched by then.
    """
    with start_run(asked, Action.ROLLBACK, ports, engine=NO_UPLOAD) as run:
        taken = _Steps(asked, ports, run).run()
    return RollbackResult(run.recorder.succeed(), taken)


class _Found(NamedTuple):
    """A version to return to, and what it was decided from."""

    version_id: str
    why: str
    left: KilledRollback | None
    """The killed rollback that is taken up, if it is one."""


class _Steps:
    def __init__(self, asked: RollbackRequest, ports: Dependencies, run: Run) -> None:
        self._asked = asked
        self._ports = ports
        self._run = run
        self._records = ports.records.of(asked.target)

    def run(self) -> RollbackPlan | None:
        run = self._run
        way = run.open(run.validate())
        with run.recorder.phase(Phase.PLAN) as step:
            before = way.account.observe(run.script)
            if before.deployment is None:
                raise UsageError(f"{run.script} is not deployed: there is nothing to roll back")
            self._check_left(before.deployment)
            run.check_traffic(before)
            versions = way.account.versions(run.script).deployable()
            found = self._choose(way, before, versions)
            if _whole(before, found.version_id) and not found.left:
                live = found.version_id
                run.recorder.save(
                    status=Status.UNCHANGED, version_id=live, previous_version_id=live
                )
                return None
            made = version_source(found.version_id, self._records, _tag(found.version_id, versions))
            taken = preflight(
                way,
                run.script,
                (before.deployment.main_version, found.version_id),
                versions,
                why=found.why,
                anew=self._anew(made),
                accept_changed_secrets=self._asked.accept_changed_secrets,
            )
            self._check_descent(way, found, made, versions)
            wanted, words = self._settings(made)
            step.note = f"version {found.version_id}"
        loses = check_return(way.account, run.script, wanted, before.settings)
        changes = _differences(wanted, before.settings)
        told = {"settings": words, "loses": loses, "setting_changes": changes}
        taken = taken.model_copy(update=told)
        self._tell(taken)
        if not self._asked.dry_run:
            run.recorder.save(version_id=found.version_id, **_noted(made))
            self._switch(way, before, found, wanted)
        return taken

    def _anew(self, made: VersionSource) -> str:
        """Return the command that deploys a version's commit again."""
        target = self._asked.target
        return (
            f"edgefleet rollback --tenants {target.tenant} --env {target.environment} "
            f"--to {made.commit or 'GIT_REF'}"
        )

    def _check_left(self, live: Deployment) -> None:
        """Raise `TargetHeld` where the live version is not the one to take back."""
        leaving = self._asked.leaving
        if leaving is None or live.main_version in (leaving, self._asked.to):
            return
        raise TargetHeld(
            f"version {live.main_version} is live, which that run did not deploy",
            hint=f"edgefleet history --tenants {self._asked.target.tenant} tells who deployed it",
        )

    def _choose(self, way: AccountSession, before: LiveState, versions: list[Version]) -> _Found:
        live = before.deployment
        assert live is not None  # noqa: S101 - a script without a deployment was refused
        left = killed_rollback(self._run.last, live, own_split(before))
        if self._asked.to != PREVIOUS:
            same = left if left and left.version_id == self._asked.to else None
            return _Found(self._asked.to, "it was asked for", same)
        if left:
            return _Found(left.version_id, "a rollback to it was killed on its way", left)
        moves = list(events_of_records(self._records))
        found = previous_version(moves, live.main_version)
        if found and not self._outdated(way, live, versions, found):
            return _Found(found, "it is the last one that was recorded healthy", None)
        untold = "what was done since elsewhere" if found else "a healthy one"
        why = f"no record here tells of {untold}; by Cloudflare's history it was live before"
        version_id = self._by_history(way, live, versions, moves)
        return _Found(version_id, why, None)

    def _outdated(
        self, way: AccountSession, live: Deployment, versions: list[Version], since: str
    ) -> bool:
        """Whether more became of the script since `since` was live than records here tell."""
        now, records = live.main_version, self._records
        return versions_made_elsewhere(versions, records, since, now) or traffic_moved_elsewhere(
            self._history(way), versions, records, now
        )

    def _history(self, way: AccountSession) -> Iterator[DeploymentEvent]:
        return islice(way.account.deployments(self._run.script), 2 * DEPLOYABLE_VERSIONS)

    def _by_history(
        self,
        way: AccountSession,
        live: Deployment,
        versions: list[Version],
        moves: list[TrafficEvent],
    ) -> str:
        """Return what was live before, but for what was given up, by records or by history."""
        history = list(self._history(way))
        numbers = {version.id: version.number for version in versions}
        past = [*abandoned_events(moves), *events_of_deployments(history, numbers)]
        version_id = previous_version(past, live.main_version)
        if version_id is None:
            raise UsageError(
                f"{self._run.script}: no earlier version is known that was good",
                hint="choose one yourself ('edgefleet history' lists them): --to VERSION_ID, "
                "or deploy an older commit: --to GIT_REF",
            )
        return version_id

    def _check_descent(
        self, way: AccountSession, found: _Found, made: VersionSource, versions: Sequence[Version]
    ) -> None:
        ports, script = self._ports, self._run.script
        if not found.left and not version_was_live(
            found.version_id, way.account.deployments(script)
        ):
            what = f"version {found.version_id}"
            check_was_live(ports.lineage, what, script, ports.progress)
        # A version that only set a secret was made from what the one below it was made from.
        commit = made.commit or commit_of_tag(uploaded_version(found.version_id, versions).tag)
        if commit:
            check_merged(ports.lineage, commit, ports.progress)
        else:
            check_made_from_commit(ports.lineage, found.version_id)

    def _settings(self, made: VersionSource) -> tuple[ScriptSettings | None, str]:
        """Return the triggers and settings that belong to a version, if a commit tells them."""
        as_they_are = "triggers and settings stay as they are"
        commit = resolve_commit(self._asked.root, made.commit) if made.commit else None
        if commit is None:
            return None, f"{as_they_are}: no commit is known that the version was made from"
        if made.dirty:
            return None, f"{as_they_are}: the version was made from changes that no commit holds"
        target = self._asked.target
        try:
            with worktree(self._asked.root, commit) as folder:
                tenant = self._asked.load_at(folder, target)
        except EdgefleetError as error:
            return None, f"{as_they_are}: those of commit {commit} cannot be read: {error.message}"
        wanted = settings(resolve(tenant.wrangler, target.environment))
        return wanted, f"triggers and settings are those of commit {commit}"

    def _tell(self, taken: RollbackPlan) -> None:
        say = self._ports.progress.say
        for words in (taken.why, taken.settings):
            say(f"  note: {words}")
        for change in taken.setting_changes:
            say(f"    {change}")
        for words in (*lost_hosts_notes(taken.loses), *taken.leaves):
            say(f"  note: {words}")

    def _switch(
        self, way: AccountSession, before: LiveState, found: _Found, wanted: ScriptSettings | None
    ) -> None:
        run, asked = self._run, self._asked
        commit = run.recorder.record.git_commit
        force = asked.accept_changed_secrets
        switch = TrafficShift(
            Traffic(
                way.account, run.script, run.recorder, before.deployment, run.fence, force=force
            ),
            before,
            wanted,
            message_of(Action.ROLLBACK, asked.origin, commit, asked.reason),
            run.prove,
            run.locate(before, wanted),
        )
        switch.unmoved()
        try:
            with switch.guarded():
                if found.left and _whole(before, found.version_id):
                    run.recorder.save(previous_version_id=found.left.previous_version_id)
                    switch.finish(found.version_id)
                else:
                    switch.to(found.version_id)
        except ApiError as error:
            if VERSION_NOT_DEPLOYABLE not in error.codes or asked.accept_changed_secrets:
                raise
            raise UsageError(
                error.message, hint=f"{error.hint}; {ALLOW_CHANGED_SECRETS}"
            ) from error


def _differences(wanted: ScriptSettings | None, now: ScriptSettings) -> tuple[str, ...]:
    """Return how triggers and settings will differ, a change a line."""
    changes = diff(setting_facts(wanted), setting_facts(now)) if wanted else ()
    return tuple(map(change_text, changes))


def _whole(live: LiveState, version_id: str) -> bool:
    """Whether a version has all the traffic, and shares it with none."""
    return [share.version_id for share in live.shares] == [version_id]


def _tag(version_id: str, versions: list[Version]) -> str:
    return next((version.tag for version in versions if version.id == version_id), "")


def _noted(made: VersionSource) -> dict[str, str | bool | None]:
    return {
        "git_commit": made.commit,
        "dirty": made.dirty,
        "bundle_digest": made.bundle_digest,
    }
