"""Give an earlier version the traffic again; it is checked first, or nothing changes.

    validate -> credentials -> lock -> plan -> canary -> traffic -> health -> settings

The phases are those of a deploy without an upload (see `deploy.pipeline`). With
`--take-over-lock` the version is chosen before the lock: a rollback that cannot run ends no other.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import NamedTuple

from edgefleet.cloudflare.envelope import ApiError
from edgefleet.cloudflare.error_codes import VERSION_NOT_DEPLOYABLE
from edgefleet.cloudflare.models import (
    Deployment,
    DeploymentEvent,
    LiveState,
    ScriptSettings,
    Version,
)
from edgefleet.cloudflare.settings import apart, settings, with_workflows_of
from edgefleet.cloudflare.worker.binding_types import object_classes
from edgefleet.config.account_session import reads_alone
from edgefleet.deploy.automatic_rollback import restore_on_error
from edgefleet.deploy.checks.commits import (
    check_made_from_commit,
    check_merged,
    report_never_live,
    version_was_live,
)
from edgefleet.deploy.checks.holds import TargetHeld
from edgefleet.deploy.checks.hosts import check_return, lost_hosts_notes
from edgefleet.deploy.checks.permissions import check_write_permissions
from edgefleet.deploy.go_live import end_canary, finish_release, shift_traffic
from edgefleet.deploy.request import NO_UPLOAD, Dependencies
from edgefleet.deploy.run import OpenTarget, Run, start_run
from edgefleet.deploy.script_change import Release, ScriptChange
from edgefleet.deploy.traffic import Traffic
from edgefleet.errors import UsageError
from edgefleet.locks.fence import Fence
from edgefleet.plan.d1_migrations import declared_of
from edgefleet.plan.report import change_text
from edgefleet.records.models import Action, Phase, Status
from edgefleet.records.signature import commit_of_tag, message_of
from edgefleet.rollback.choice import VersionChoice, VersionChooser
from edgefleet.rollback.models import RollbackPlan, VersionSource
from edgefleet.rollback.preflight import ignore_secrets_command, preflight
from edgefleet.rollback.request import RollbackRequest, RollbackResult
from edgefleet.rollback.rules import uploaded_version, version_source
from edgefleet.rollback.source_files import SourceFiles, migrations_since, source_files
from edgefleet.state.diff import diff
from edgefleet.state.flat_state import setting_facts


def rollback(request: RollbackRequest, deps: Dependencies) -> RollbackResult:
    """Return to an earlier version. Every failure is recorded before it is raised.

    Raises `UsageError` if there is no version to return to or secrets were changed since, and
    `CloudflareError` if Cloudflare would refuse the version: nothing was touched by then.
    """
    with start_run(request, Action.ROLLBACK, deps, engine=NO_UPLOAD) as run:
        plan = _Rollback(request, deps, run).go()
    return RollbackResult(run.recorder.succeed(), plan)


class _Decision(NamedTuple):
    """What a rollback does, and the state that it was decided from."""

    before: LiveState
    choice: VersionChoice
    source: VersionSource
    settings: ScriptSettings | None
    """Triggers and settings to write; None keeps those in force."""
    plan: RollbackPlan | None
    """None if the version has all of the traffic already."""


@dataclass(frozen=True, slots=True)
class _Rollback:
    """One rollback, under its lock."""

    request: RollbackRequest
    deps: Dependencies
    run: Run

    def go(self) -> RollbackPlan | None:
        """Run every phase."""
        request, run = self.request, self.run
        target = run.authenticate(run.validate())
        early = self._decide(target) if request.take_over_lock else None
        fence = run.take_lock()
        decision = self._decide(target, early)
        if decision.plan is None:
            live = decision.choice.version_id
            run.recorder.save(status=Status.UNCHANGED, version_id=live, previous_version_id=live)
            return None
        self._print(decision.plan)
        if not request.dry_run:
            source = decision.source
            run.recorder.save(
                version_id=decision.choice.version_id,
                git_commit=source.commit,
                dirty=source.dirty,
                bundle_digest=source.bundle_digest,
            )
            self._go_live(target, decision, fence)
        return decision.plan

    def _decide(self, target: OpenTarget, early: _Decision | None = None) -> _Decision:
        """Choose the version and check that it can be live; an early decision may still hold."""
        run, request = self.run, self.request
        resolved = run.validated.resolved(request.target.environment)
        observe = partial(
            target.account.observe,
            target.script,
            apart(settings(resolved)),
            object_classes(resolved),
            deployable=True,
        )
        if early and observe() == early.before:
            return early
        with run.recorder.phase(Phase.PLAN) as step, reads_alone(target.account.id):
            before = observe()
            if before.deployment is None:
                raise UsageError(f"{target.script} is not deployed: there is nothing to roll back")
            self._check_leaving(before.deployment)
            run.check_traffic(before)
            versions = before.versions
            records = self.deps.records.of(request.target)
            chooser = VersionChooser(target, before, versions, records)
            choice = chooser.choose(request.to, run.last, request.target)
            source = version_source(choice.version_id, records, _tag(choice.version_id, versions))
            if _has_all_traffic(before, choice.version_id) and not choice.resumed:
                return _Decision(before, choice, source, None, None)
            plan = preflight(
                target,
                request.target,
                (before.deployment.main_version, choice.version_id),
                versions,
                why=choice.why,
                commit=source.commit,
                allow_changed_secrets=request.accept_changed_secrets,
            )
            self._check_descent(target, choice, source, versions, before.history)
            files = source_files(request.root, request.load_at, request.target, source)
            since = self._migrations_since(target, files)
            step.note = f"version {choice.version_id}"
        desired = files.settings
        details = {
            "settings": files.said,
            "leaves": (*plan.leaves, *since),
            "loses": check_return(target.account, target.script, desired, before.settings),
            "setting_changes": _differences(desired, before.settings),
        }
        return _Decision(before, choice, source, desired, plan.model_copy(update=details))

    def _check_leaving(self, live: Deployment) -> None:
        """Raise `TargetHeld` if the live version is not the one to roll back."""
        leaving = self.request.leaving
        if leaving is None or live.main_version in (leaving, self.request.to):
            return
        raise TargetHeld(
            f"version {live.main_version} is live, which that run did not deploy",
            hint=f"edgefleet history {self.request.target.as_selector} shows who deployed it",
        )

    def _check_descent(
        self,
        target: OpenTarget,
        choice: VersionChoice,
        source: VersionSource,
        versions: Sequence[Version],
        newest: Sequence[DeploymentEvent],
    ) -> None:
        """Check that a version was live, as the `newest` deployments tell or else all, and merged.

        Raises `UsageError` on GitHub.
        """
        deps, version_id = self.deps, choice.version_id
        history = target.account.script(target.script).deployments.history
        was_live = choice.resumed or version_was_live(version_id, newest)
        if not was_live and not version_was_live(version_id, history()):
            report_never_live(deps.lineage, f"version {version_id}", target.script, deps.progress)
        # A version that only set a secret has the code of the upload below it.
        commit = source.commit or commit_of_tag(uploaded_version(version_id, versions).tag)
        if commit:
            check_merged(deps.lineage, commit, deps.progress)
        else:
            check_made_from_commit(deps.lineage, version_id)

    def _migrations_since(self, target: OpenTarget, files: SourceFiles) -> tuple[str, ...]:
        """Return in words which D1 migrations the version of a commit does not know."""
        if files.migrations is None:
            return ()
        now = declared_of(self.run.validated, self.request.target.environment)
        return migrations_since(files.migrations, now, target.account)

    def _print(self, plan: RollbackPlan) -> None:
        say = self.deps.progress.say
        for note in (plan.why, plan.settings):
            say(f"  note: {note}")
        for change in plan.setting_changes:
            say(f"    {change}")
        for note in (*lost_hosts_notes(plan.loses), *plan.leaves):
            say(f"  note: {note}")

    def _go_live(self, target: OpenTarget, decision: _Decision, fence: Fence) -> None:
        request, run, choice = self.request, self.run, decision.choice
        before, commit = decision.before, decision.source.commit
        change = ScriptChange(
            Traffic(target.account, target.script, run.recorder, fence, before.deployment),
            before,
            Release(
                message=message_of(Action.ROLLBACK, request.origin, commit, request.reason),
                urls=run.probe_urls(target, before, decision.settings),
                settings=decision.settings,
                allow_changed_secrets=request.accept_changed_secrets,
            ),
            run.check_health,
            token=target.session.credential.source,
        )
        check_write_permissions(change, begins_with_settings=False)
        change.traffic.fence.check()
        try:
            with restore_on_error(change):
                if choice.resumed and _has_all_traffic(before, choice.version_id):
                    change.traffic.assert_unchanged()
                    previous = choice.resumed.previous_version_id
                    run.recorder.save(previous_version_id=previous)
                    finish_release(change, choice.version_id)
                elif end_canary(change, choice.version_id) == choice.version_id:
                    finish_release(change, choice.version_id)
                else:
                    shift_traffic(change, choice.version_id)
        except ApiError as error:
            if VERSION_NOT_DEPLOYABLE not in error.codes or request.accept_changed_secrets:
                raise
            hint = ignore_secrets_command(request.target, choice.version_id)
            raise UsageError(error.message, hint=hint) from error


def _differences(desired: ScriptSettings | None, live: ScriptSettings) -> tuple[str, ...]:
    """Return how triggers and settings will differ, a change a line."""
    kept = with_workflows_of(desired, live) if desired else live
    changes = diff(setting_facts(kept), setting_facts(live))
    return tuple(map(change_text, changes))


def _has_all_traffic(live: LiveState, version_id: str) -> bool:
    """Whether a version has all of the traffic, and shares it with none."""
    return [share.version_id for share in live.shares] == [version_id]


def _tag(version_id: str, versions: Sequence[Version]) -> str:
    return next((version.tag for version in versions if version.id == version_id), "")
