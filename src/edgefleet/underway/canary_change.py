"""A canary that is under way, opened for a change: its script, its versions, its release."""

from dataclasses import dataclass

from edgefleet.cloudflare.models import HeldDomain, LiveState, ScriptSettings
from edgefleet.cloudflare.settings import apart, settings, taking
from edgefleet.cloudflare.worker.binding_types import object_classes
from edgefleet.config.account_session import reads_alone
from edgefleet.core.git import resolve_commit
from edgefleet.deploy.canaries.outside import CanaryOutside
from edgefleet.deploy.request import Dependencies
from edgefleet.deploy.run import OpenTarget, Run
from edgefleet.deploy.script_change import Release, ScriptChange
from edgefleet.deploy.traffic import Traffic, all_to
from edgefleet.locks.fence import Fence
from edgefleet.plan.claimed_hosts import held_by_others
from edgefleet.records.canary_under_way import CanaryUnderWay, canary_of
from edgefleet.records.models import Phase
from edgefleet.records.signature import without_canary
from edgefleet.rollback.models import VersionSource
from edgefleet.rollback.rules import version_source
from edgefleet.rollback.source_files import source_files
from edgefleet.underway.request import CanaryRequest


@dataclass(frozen=True, slots=True)
class CanaryChange:
    """What a command needs to change the canary of one target."""

    request: CanaryRequest
    deps: Dependencies
    run: Run
    target: OpenTarget
    fence: Fence
    live: LiveState
    found: CanaryUnderWay

    def change(self, wanted: ScriptSettings | None = None) -> ScriptChange:
        """Return the change of the script; a restore of it goes back to the old version."""
        live, run, target, found = self.live, self.run, self.target, self.found
        assert live.deployment is not None  # noqa: S101 - the canary is in it
        held: tuple[HeldDomain, ...] = ()
        if wanted is not None:
            held = held_by_others(target.account, target.script, wanted, live.settings)
            wanted = taking(wanted, held)
        before = live.deployment.model_copy(update={"versions": all_to(found.old)})
        change = ScriptChange(
            Traffic(target.account, target.script, run.recorder, self.fence, live.deployment),
            live.model_copy(update={"deployment": before, "held": held}),
            Release(
                message=without_canary(found.message),
                urls=run.probe_urls(target, live, wanted),
                settings=wanted,
            ),
            run.check_health,
            token=target.session.credential.source,
        )
        change.traffic.applied_splits.append(live.deployment.versions)
        change.canary = found.state
        return change

    def finishing(self) -> ScriptChange:
        """Return the change that gives the new version everything, with its files' settings."""
        request = self.request
        files = source_files(request.root, request.load_at, request.target, self._source)
        self.deps.progress.say(f"  note: {files.said}")
        return self.change(files.settings)

    @property
    def url(self) -> str:
        """Where the Worker answers now."""
        urls = self.run.probe_urls(self.target, self.live, None)
        return urls.now or urls.then

    def outside(self, url: str) -> CanaryOutside:
        """Return what is asked of the Worker and of Cloudflare while both versions serve."""
        versions = (self.found.old, self.found.new)
        target = self.target
        return CanaryOutside(
            self.request.target,
            self.run.validated,
            self.deps,
            target.account,
            target.script,
            versions,
            url,
        )

    def record_versions(self) -> None:
        """Write down which versions it is about, and what the new one was made from."""
        source = self._source
        commit = resolve_commit(self.request.root, source.commit) if source.commit else None
        self.run.recorder.set(
            version_id=self.found.new,
            previous_version_id=self.found.old,
            git_commit=commit or source.commit,
            dirty=source.dirty,
            bundle_digest=source.bundle_digest,
        )

    @property
    def _source(self) -> VersionSource:
        """What the new version was made from, by a record, or else by tag and message."""
        tags = (one.tag for one in self.live.versions if one.id == self.found.new)
        records = self.deps.records.of(self.request.target)
        source = version_source(self.found.new, records, next(tags, ""))
        if source.dirty is not None:
            return source
        return source.model_copy(update={"dirty": self.found.state.dirty})


def open_canary(request: CanaryRequest, deps: Dependencies, run: Run) -> CanaryChange | None:
    """Open the account, lock the target, and return its canary; None where it has ended.

    Raises as a deploy does, `CredentialError` and `TargetBusyError` among others.
    """
    tenant = run.validate()
    target = run.authenticate(tenant)
    fence = run.take_lock()
    resolved = tenant.resolved(request.target.environment)
    with run.recorder.phase(Phase.PLAN) as step, reads_alone(target.account.id):
        asked = (apart(settings(resolved)), object_classes(resolved))
        live = target.account.observe(target.script, *asked)
        found = canary_of(live)
        step.note = f"version {found.new} at {found.state.share:g} %" if found else "no canary"
    return CanaryChange(request, deps, run, target, fence, live, found) if found else None
