"""One deploy, phase by phase: it ends with the new version live and healthy, or as it was before.

    phase        what happens                                    a failure ends with
    -----------  ----------------------------------------------  -------------------------------
    validate     read the tenant's files, for this environment   4, nothing was sent
    credentials  the token opens the tenant's own account        5, nothing was touched
    lock         lock the target against all other machines      9, nothing was touched
    build        build the bundle, or read `--bundle`            6, nothing was touched
    plan         compare desired and live state; no difference:  6, nothing was touched
                 `unchanged`, the end; refused by `checks`:      2 or 4, nothing was touched
    render       write the configuration for `--engine wrangler` 6, nothing was touched
    credentials  again, where settings or D1 migrations differ:  5, nothing was touched
                 may the token write them (`checks.permissions`)
    .............................. from here on `restore_on_error` ................................
    migrations   apply D1 migrations, which no restore undoes    6, says which were applied
    upload       a new version, without traffic                  6, restored
    canary       0 % of the traffic; health check by override    7, restored; no visitor was served
    steps        shares of `--canary`, each judged by what both  7, 11 (too little traffic) or
                 versions serve (see `canaries.steps`)             12 (source failed), restored
    traffic      100 % of the traffic                            6, restored
    health       health check as any visitor                     7, restored
    settings     write triggers and settings                     6, restored
    health       again, if the settings move the Worker          7, restored
    settings     again, to delete workflows no longer named      6, restored without their instances
    restore      only after a failure: the previous version,     8, the message says what is live,
                 settings and hosts are live again               the hint has the commands

At any time: another run or tool deployed, or took the lock over, ends with 9, and its version stays
live; Ctrl-C ends with 130, once what was live is restored; a fault of ours with 1, likewise.

The plan's strategy says which phases make the release live:

    version           [migrations,] upload, canary, [steps,] traffic, health, settings[, health]
    first, migration  [migrations,] upload (live at once: Cloudflare takes no 0 % then), settings,
                      health
    settings          [migrations,] settings, health
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from edgefleet.cloudflare.settings import settings, taking
from edgefleet.cloudflare.worker.bundle import Bundle
from edgefleet.cloudflare.worker.code_update import code_update
from edgefleet.cloudflare.worker.migrations import transferred_from
from edgefleet.config.canary.policy import CanaryPolicy
from edgefleet.config.tenant import Tenant
from edgefleet.core.ids import short_digest
from edgefleet.deploy.canaries.steps import begun, take_steps
from edgefleet.deploy.checks.canaries import check_canary, check_choice, policy_of_files, source_of
from edgefleet.deploy.checks.commits import (
    check_committed,
    check_rollback_commit,
    with_build,
)
from edgefleet.deploy.checks.holds import check_hold
from edgefleet.deploy.checks.hosts import check_addresses
from edgefleet.deploy.checks.overwrites import check_irreversible, check_overwrites
from edgefleet.deploy.checks.permissions import check_write_permissions, explain_failed_upload
from edgefleet.deploy.checks.resources import check_resources, explain_refusal
from edgefleet.deploy.checks.secrets import check_secrets, with_secret_hint
from edgefleet.deploy.checks.size import size_note
from edgefleet.deploy.engines import opened_engine
from edgefleet.deploy.go_live import go_live
from edgefleet.deploy.request import Dependencies, DeployRequest
from edgefleet.deploy.run import OpenTarget, Run, start_run
from edgefleet.deploy.script_change import Release, ScriptChange
from edgefleet.deploy.traffic import Traffic
from edgefleet.errors import CloudflareError, UnhealthyError
from edgefleet.locks.fence import Fence
from edgefleet.plan.masking import masked_plan
from edgefleet.plan.plan import Planned, live_upload, plan_target
from edgefleet.plan.report import changes_text, counts, plan_text
from edgefleet.plan.resources import Look
from edgefleet.plan.saved_plans import check_saved
from edgefleet.records.models import Origin, Phase, Record, Status
from edgefleet.records.signature import message_of
from edgefleet.state.canary_state import policy_digest
from edgefleet.state.models import LIVE_AT_ONCE, DeployStrategy
from edgefleet.state.own_tag import tag_of


def deploy(request: DeployRequest, deps: Dependencies) -> Record:
    """Deploy, and return the record of it. Every failure is recorded before it is raised."""
    with start_run(request, request.action, deps, engine=request.engine) as run:
        _Deploy(request, deps, run).go()
    return run.recorder.succeed()


@dataclass(frozen=True, slots=True)
class _Deploy:
    """One deploy, under its lock; each phase records what it found."""

    request: DeployRequest
    deps: Dependencies
    run: Run

    def go(self) -> None:
        """Run every phase up to the upload; `go_live` runs the others."""
        request, deps, run = self.request, self.deps, self.run
        tenant = run.validate()
        environment = request.target.environment
        protected = tenant.fleet.is_protected(environment)
        self._check_committed(tenant, request.origin)
        check_hold(tenant, request, deps)
        wanted = check_choice(request, tenant)
        target = run.authenticate(tenant)
        fence = run.take_lock()
        bundle = self._build(tenant)
        planned = self._plan(tenant, bundle, target)

        run.check_traffic(planned.before)
        check_rollback_commit(request, deps, target.account, target.script)
        check_irreversible(request, deps, planned, protected=protected)
        if planned.plan.course is DeployStrategy.UNCHANGED and not request.force:
            live = planned.before.version_id
            run.recorder.save(status=Status.UNCHANGED, version_id=live, previous_version_id=live)
            return
        check_resources(request.target, planned.plan)
        if note := size_note(bundle, tenant.config.plan):
            deps.progress.say(f"  note: {note}")
        check_overwrites(request, deps, planned.plan, protected=protected)
        check_secrets(request, deps, planned.plan, planned.before)
        check_addresses(request, deps, tenant, planned.plan)
        policy = check_canary(request, deps, tenant, planned, wanted)

        uploads = (tenant, bundle, target, planned)
        with opened_engine(request, deps, run.recorder, uploads) as uploader:
            if request.dry_run:
                return
            replan = partial(
                plan_target,
                *(tenant, request.target, bundle, target.session, deps.observe),
                look=Look.NONE,
            )
            change = self._change(
                target, planned, fence, partial(live_upload, replan, planned.plan)
            )
            if policy:
                self._give_canary(change, policy, tenant)
            course = planned.plan.course
            check_write_permissions(change, begins_with_settings=course is DeployStrategy.SETTINGS)
            try:
                go_live(change, uploader, course)
            except UnhealthyError as error:
                raise with_secret_hint(request, error, planned.plan) from error
            except CloudflareError as error:
                if run.recorder.record.phase is Phase.UPLOAD:  # nothing was changed
                    explain_failed_upload(change, error)
                    explain_refusal(request.target, target.session, planned, error)
                raise
            if change.left:
                raise change.left

    def _give_canary(self, change: ScriptChange, policy: CanaryPolicy, tenant: Tenant) -> None:
        request, deps = self.request, self.deps
        said = policy.model_copy(update={"source": source_of(policy, tenant)})
        digest = policy_digest(policy_of_files(tenant, request.target.environment))
        change.begin_canary = lambda version_id: begun(
            version_id, said, digest, deps.clock.now(), dirty=change.recorder.record.dirty
        )
        change.take_steps = take_steps(
            said, request.target, tenant, deps, first_alone=request.first_step
        )

    def _check_committed(self, tenant: Tenant, made: Origin) -> None:
        target, force = self.request.target, self.request.force
        again = f"edgefleet deploy {target.as_option}"
        check_committed(tenant.fleet, target.environment, made, again=again, force=force)

    def _build(self, tenant: Tenant) -> Bundle:
        request, recorder = self.request, self.run.recorder
        with recorder.phase(Phase.BUILD) as step:
            bundle = request.bundle(tenant)
            recorder.set(bundle_digest=bundle.digest, wrangler_version=self.deps.wrangler.version())
            made = with_build(request.origin, bundle)
            recorder.set(dirty=made.dirty, uncommitted=made.uncommitted)
            self._check_committed(tenant, made)
            step.note = f"sha256:{short_digest(bundle.digest)}, {bundle.contents}"
        return bundle

    def _plan(self, tenant: Tenant, bundle: Bundle, target: OpenTarget) -> Planned:
        request, deps, recorder = self.request, self.deps, self.run.recorder
        with recorder.phase(Phase.PLAN) as step:
            told = deps.records.of(request.target)
            planned = plan_target(
                *(tenant, request.target, bundle, target.session, deps.observe),
                told,
                deps.manifests,
                look=Look.ALL if request.dry_run or request.saved_plan else Look.NEW,
            )
            recorder.set(plan=masked_plan(planned.plan))  # records are uploaded as artifacts
            if request.saved_plan:
                check_saved(request.saved_plan, planned.plan)
            step.note = counts(planned.plan)
        text = ""
        if request.dry_run:
            text = plan_text(planned.plan)
        elif request.show_changes and planned.plan.course is not DeployStrategy.FIRST:
            text = changes_text(planned.plan)
        if text:
            deps.progress.say(text)
        return planned

    def _change(
        self,
        target: OpenTarget,
        planned: Planned,
        fence: Fence,
        find_live_upload: Callable[[], str | None],
    ) -> ScriptChange:
        request, run, before = self.request, self.run, planned.before
        origin, plan = request.origin, planned.plan
        commit, assets = origin.git_commit, plan.assets_digest
        desired = taking(settings(planned.resolved), before.held)
        return ScriptChange(
            Traffic(
                target.account,
                target.script,
                run.recorder,
                fence,
                before.deployment,
                code_update(planned.resolved),
            ),
            before,
            Release(
                message=message_of(request.action, origin, commit, request.reason, assets),
                urls=run.probe_urls(target, before, desired),
                settings=desired,
                tag=tag_of(plan.bundle_digest, commit, assets),
                migrations=planned.migrations,
                transferred=transferred_from(planned.resolved, before.migration_tag),
                allow_irreversible=request.accept_irreversible,
            ),
            run.check_health,
            find_live_upload if planned.plan.course in LIVE_AT_ONCE else None,
            target.session.credential.source,
        )
