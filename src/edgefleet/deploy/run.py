"""What every change of a target has in common, be it a deploy or a rollback.

It holds the target, keeps a record of every end, opens the account, and probes versions.
"""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

from edgefleet.cloudflare.models import LiveState, ScriptSettings
from edgefleet.config.account_api import AccountApi
from edgefleet.config.account_session import AccountSession, open_account, reads_alone
from edgefleet.config.tenant import Tenant
from edgefleet.config.worker_urls import HealthUrls, health_urls, worker_url, workers_dev_url
from edgefleet.deploy.failures import failures_recorded
from edgefleet.deploy.recovery import repeat_command
from edgefleet.deploy.request import ChangeRequest, Dependencies
from edgefleet.deploy.traffic import shares_text
from edgefleet.errors import (
    TargetBusyError,
    UnhealthyError,
)
from edgefleet.health.check import in_force
from edgefleet.health.expected import expectation
from edgefleet.health.probe import VersionOverride
from edgefleet.history.standing import deployed_words
from edgefleet.locks.fence import CACHE_SECONDS, Fence, LocalFence
from edgefleet.locks.lease import LockOwner
from edgefleet.records.canary_under_way import canary_of
from edgefleet.records.models import Action, Health, Phase, Record, Status
from edgefleet.records.recorder import Recorder
from edgefleet.records.signature import own_message


@dataclass(frozen=True, slots=True)
class OpenTarget:
    """A target whose account is open."""

    session: AccountSession
    script: str
    workers_dev_url: str
    """Where the script answers on workers.dev, if it does there."""

    @property
    def account(self) -> AccountApi:
        """The tenant's account."""
        return self.session.account


class Run:
    """One change of a target, under this machine's lock."""

    def __init__(
        self,
        request: ChangeRequest,
        deps: Dependencies,
        recorder: Recorder,
        last: Record | None,
        locks: ExitStack,
    ) -> None:
        self._request = request
        self._deps = deps
        self._locks = locks
        self.recorder = recorder
        self.last = last
        """The newest record of an earlier change of the target."""
        self.tenant: Tenant | None = None
        """Whose files say how its Worker is asked; known once they are validated."""

    def validate(self) -> Tenant:
        """Read and validate the tenant's files; raises `ConfigError`."""
        with self.recorder.phase(Phase.VALIDATE):
            tenant = self._request.load()
            script = tenant.resolved(self._request.target.environment)["name"]
            self.recorder.set(account_id=tenant.config.account_id, script=script)
        self.tenant = tenant
        return tenant

    def authenticate(self, tenant: Tenant) -> OpenTarget:
        """Find the token and make sure that it opens the tenant's account.

        Raises `CredentialError`.
        """
        deps, target = self._deps, self._request.target
        with self.recorder.phase(Phase.CREDENTIALS) as step:
            session = open_account(tenant, target, deps.credentials, deps.connect)
            with reads_alone(session.account.id):
                subdomain = session.account.subdomain()
            step.note = session.credential.source
        if session.credential.plain:
            deps.progress.say(
                f"  note: {session.credential.source} names no tenant; "
                f"it opens account {tenant.config.account_id}, which is this tenant's"
            )
        if note := session.expiry_note(deps.clock.now()):
            deps.progress.say(f"  note: {note}")
        resolved = tenant.resolved(target.environment)
        script = str(resolved["name"])
        path = tenant.fleet.health_path
        self.recorder.set(url=worker_url(resolved, subdomain, deps.workers_dev, path))
        return OpenTarget(session, script, workers_dev_url(script, subdomain, deps.workers_dev))

    def take_lock(self) -> Fence:
        """Lock the target against other machines until the run has ended; a dry run takes no lock.

        It comes after Cloudflare's first responses: the lease is measured by their clock. Raises
        `TargetBusyError` if another run holds the target.
        """
        request, record = self._request, self.recorder.record
        if request.dry_run:
            return LocalFence()
        with self.recorder.phase(Phase.LOCK) as step:
            owner = LockOwner(record.action, record.actor, record.run_url, request.reason)
            lock = self._deps.locking.hold(
                [str(request.target)], owner, take_over=request.take_over_lock, wait=request.wait
            )
            fence = self._locks.enter_context(lock)
            self.recorder.set(
                lock="shared" if fence.shared_id else "local",
                lock_id=fence.shared_id,
                lock_took_over=fence.took_over,
            )
            if request.take_over_lock and fence.took_over:
                # The other run may trust its last look at the lock for so long, and still write.
                self.recorder.wait(CACHE_SECONDS)
            step.note = str(fence)
        return fence

    def probe_urls(
        self, target: OpenTarget, before: LiveState, settings: ScriptSettings | None
    ) -> HealthUrls:
        """Return where the Worker answers now, and where once `settings` are written, if any."""
        after = settings or before.settings
        path = self.validated.fleet.health_path
        now, then = health_urls(before.settings, after, target.workers_dev_url, path)
        self.recorder.set(url=then)
        return HealthUrls(now, then)

    def check_traffic(self, before: LiveState) -> None:
        """Print what a killed run left; raises `TargetBusyError` at a split of someone else's."""
        killed = self.last if self.last and self.last.status is Status.IN_PROGRESS else None
        say = self._deps.progress.say
        traffic = shares_text(before.shares) or "nothing"
        if killed:
            say(
                f"  note: the {killed.action} of {killed.started:%Y-%m-%d %H:%M:%S} UTC was killed "
                f"in its phase {killed.phase}; live is {traffic}"
            )
        deployment = before.deployment
        if deployment is None or not deployment.split or self._request.take_over:
            return
        if killed and deployment.names(killed.version_id):
            return
        if canary_of(before):  # it is ended first, which `end_canary` says
            return
        event = next(iter(before.history), None)
        how = deployed_words(event) if event else ""
        if event and own_message(event.message):
            say(
                f"  note: a run of edgefleet split the traffic and did not end ({how}); "
                f"live is {traffic}"
            )
            return
        record = self.recorder.record
        made = f" ({how})" if how else ""
        raise TargetBusyError(
            f"{record.script}: its traffic is split, and not by edgefleet{made}: {traffic}",
            hint=f"wait until the split has ended, or end it: {repeat_command(record)} "
            "--replace-split",
        )

    def check_health(self, version_id: str, url: str, *, pinned: bool) -> None:
        """Probe a version below a URL until it is healthy (see `CheckHealth`)."""
        contract, deps = self.validated.fleet.health, self._deps
        if contract is None:  # what was deployed is confirmed: Cloudflare showed it in force
            self._found(in_force(url, version_id), pinned=pinned)
            return
        target, deadline = self._request.target, self._request.health_deadline or contract.deadline
        expected = expectation(
            contract, self.validated, target, deps.credentials, version_id, changed=True
        )
        script = str(self.recorder.record.script)
        override = VersionOverride(script=script, version_id=version_id) if pinned else None
        health = deps.probe(url, expected, deadline=deadline, pin=override)
        self._found(health, pinned=pinned)
        if not health.healthy:
            asked = f"{url}{contract.path}"
            raise UnhealthyError(
                f"{asked} was not healthy within {deadline:.0f} s: {health.reason}"
            )
        least, proved = self.validated.fleet.minimum_proof(target.environment), health.proof
        if least and (proved is None or proved.rank < least.rank):
            raise UnhealthyError(
                f"{url}{contract.path} proved '{proved or 'nothing'}', and minimumProof of "
                f"{target.environment} is '{least}'"
            )

    def _found(self, health: Health, *, pinned: bool) -> None:
        """Record what a probe found; of what is live it proves nothing while it is pinned."""
        self.recorder.set(health=health, proof=None if pinned else health.proof)

    @property
    def validated(self) -> Tenant:
        """The tenant, once its files are validated."""
        assert self.tenant is not None  # noqa: S101 - each run validates first
        return self.tenant


@contextmanager
def start_run(
    request: ChangeRequest, action: Action, deps: Dependencies, *, engine: str
) -> Iterator[Run]:
    """Lock the target on this machine and record how the block ends, however it does.

    Raises `TargetBusyError` if another process holds the target.
    """
    last = deps.records.last_change(request.target)
    record = Record(
        tenant=request.target.tenant,
        environment=request.target.environment,
        action=action,
        reason=request.reason,
        dry_run=request.dry_run,
        engine=engine,
        started=deps.clock.now(),
        **request.origin.model_dump(),
    )
    recorder = Recorder(record, deps.records, deps.clock, deps.progress)
    with failures_recorded(recorder):
        actor = request.origin.actor
        with deps.locks.hold(request.target, action, actor, record.started) as dead:
            if dead:
                deps.progress.say(f"  note: {dead} ended without freeing the target")
            with ExitStack() as locks:
                yield Run(request, deps, recorder, last, locks)
