"""The steps of a deploy, in order; each notes in the record what it found out."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from edgefleet.build.engine import API
from edgefleet.build.render import write_rendered
from edgefleet.build.wrangler import WranglerAuth
from edgefleet.cloudflare.settings import settings, taking
from edgefleet.cloudflare.worker.bundle import Bundle
from edgefleet.cloudflare.worker.migrations import transferred_from
from edgefleet.config.account_session import AccountSession
from edgefleet.config.target import Environment
from edgefleet.config.tenant import Tenant
from edgefleet.core.ids import short_digest
from edgefleet.deploy.checks.commits import check_was_live, commit_was_live
from edgefleet.deploy.checks.holds import check_hold
from edgefleet.deploy.checks.hosts import check_addresses
from edgefleet.deploy.checks.overwrites import check_overwrites
from edgefleet.deploy.checks.secrets import check_secrets, with_secret_hint
from edgefleet.deploy.request import Dependencies, DeployRequest
from edgefleet.deploy.rollout import Release, Rollout
from edgefleet.deploy.run import Run
from edgefleet.deploy.uploaders import ApiUploader, Uploader, WranglerUploader
from edgefleet.errors import UnhealthyError, UsageError
from edgefleet.plan.masking import masked_plan
from edgefleet.plan.plan import Planned, plan_target
from edgefleet.plan.report import changes_text, counts, plan_text
from edgefleet.records.commit_order import SHORT
from edgefleet.records.models import Action, Phase, Status
from edgefleet.records.signature import NO_COMMIT, message_of
from edgefleet.state.models import DeployStrategy


class Steps:
    """One deploy, under its lock."""

    def __init__(self, request: DeployRequest, ports: Dependencies, run: Run) -> None:
        self._request = request
        self._ports = ports
        self._run = run
        self._recorder = run.recorder

    def run(self) -> None:
        """Go from files to a Worker that is live and proved."""
        tenant = self._run.validate()
        check_hold(tenant, self._request, self._ports)
        way = self._run.open(tenant)
        bundle = self._build(tenant)
        planned = self._plan(tenant, bundle, way)
        self._run.check_traffic(planned.before)
        if self._request.action is Action.ROLLBACK:
            self._check_was_live(way)
        self._check_way_back(planned)
        if planned.plan.course is DeployStrategy.UNCHANGED and not self._request.force:
            live = planned.before.version_id
            self._recorder.save(status=Status.UNCHANGED, version_id=live, previous_version_id=live)
            return
        check_overwrites(self._request, self._ports, planned.plan)
        check_secrets(self._request, self._ports, planned.plan, planned.before)
        check_addresses(self._request, self._ports, tenant, planned.plan)
        with self._engine(tenant, bundle, way, planned) as engine:
            if not self._request.dry_run:
                release = self._release(engine, tenant, bundle, way, planned)
                rollout = Rollout(
                    way.account,
                    self._run.script,
                    self._recorder,
                    planned.before,
                    release,
                    self._run.fence,
                )
                try:
                    rollout.run(planned.plan.course)
                except UnhealthyError as error:
                    with_secret_hint(self._request, error, planned.plan)
                    raise

    def _build(self, tenant: Tenant) -> Bundle:
        with self._recorder.phase(Phase.BUILD) as step:
            bundle = self._request.bundle(tenant)
            self._recorder.set(
                bundle_digest=bundle.digest, wrangler_version=self._ports.wrangler.version()
            )
            step.note = f"sha256:{short_digest(bundle.digest)}, {bundle.size / 1024:.1f} KiB"
        return bundle

    def _plan(self, tenant: Tenant, bundle: Bundle, way: AccountSession) -> Planned:
        with self._recorder.phase(Phase.PLAN) as step:
            target, observe = self._request.target, self._ports.observe
            records = self._ports.records.of(target)
            planned = plan_target(tenant, target, bundle, way, observe, records)
            self._recorder.set(plan=masked_plan(planned.plan))  # records go out, as artifacts
            step.note = counts(planned.plan)
        if self._request.dry_run:
            self._ports.progress.say(plan_text(planned.plan))
        elif self._request.show_changes and planned.plan.course is not DeployStrategy.FIRST:
            text = changes_text(planned.plan)
            if text:
                self._ports.progress.say(text)
        return planned

    def _check_way_back(self, planned: Planned) -> None:
        given = transferred_from(planned.resolved, planned.before.migration_tag)
        if given:
            words = f"Durable Objects of {', '.join(given)} go to {self._run.script}: no way back"
        elif planned.plan.course is DeployStrategy.MIGRATION:
            words = "Durable Object migrations are pending: no way back to the version before them"
        else:
            return
        self._ports.progress.say(f"  note: {words}")
        production = self._request.target.environment is Environment.PRODUCTION
        if production and not self._request.accept_irreversible:
            raise UsageError(words, hint="deploy all the same with --allow-irreversible")

    def _check_was_live(self, way: AccountSession) -> None:
        """Say where the commit of a rollback never was live; GitHub refuses it."""
        commit, script = self._request.origin.git_commit, self._run.script
        records = self._ports.records.of(self._request.target)
        deployments, account = way.account.deployments(script), way.account
        if commit and not commit_was_live(
            commit, deployments, account.versions(script).deployable(), records
        ):
            what = f"commit {commit[:SHORT]}"
            check_was_live(self._ports.lineage, what, script, self._ports.progress)

    @contextmanager
    def _engine(
        self, tenant: Tenant, bundle: Bundle, way: AccountSession, planned: Planned
    ) -> Iterator[Uploader]:
        if self._request.engine == API:
            upload = self._ports.uploads(way.credential, way.account.id)
            yield ApiUploader(upload, planned.resolved, bundle, planned.before.migration_tag)
            return
        # What is deployed inside stays deployed, whether or not the folder can be removed.
        with TemporaryDirectory(prefix="edgefleet-", ignore_cleanup_errors=True) as folder:
            with self._recorder.phase(Phase.RENDER) as step:
                environment = self._request.target.environment
                config = write_rendered(tenant, environment, bundle, Path(folder))
                step.note = self._run.script
            access = WranglerAuth(
                account_id=way.account.id, token=way.credential.token, base_url=self._ports.base_url
            )
            yield WranglerUploader(self._ports.wrangler, config, access)

    def _release(
        self,
        engine: Uploader,
        tenant: Tenant,
        bundle: Bundle,
        way: AccountSession,
        planned: Planned,
    ) -> Release:
        asked = self._request
        commit = short_digest(asked.origin.git_commit, NO_COMMIT)

        def landed() -> str | None:
            """Read again: it landed where nothing but settings is left to be changed."""
            target, observe = self._request.target, self._ports.observe
            now = plan_target(tenant, target, bundle, way, observe)
            moved = now.plan.deployment_id != planned.plan.deployment_id
            arrived = now.plan.course in (DeployStrategy.UNCHANGED, DeployStrategy.SETTINGS)
            return now.before.version_id if moved and arrived else None

        wanted = taking(settings(planned.resolved), planned.before.held)
        return Release(
            engine=engine,
            settings=wanted,
            tag=f"{bundle.digest[:16]}-{commit}",
            message=message_of(asked.action, asked.origin, asked.origin.git_commit, asked.reason),
            prove=self._run.prove,
            addresses=self._run.locate(planned.before, wanted),
            landed=landed,
            transferred=transferred_from(planned.resolved, planned.before.migration_tag),
        )
