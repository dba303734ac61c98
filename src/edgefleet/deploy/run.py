"""What every change of a target begins with and is proved by, be it a deploy or a rollback.

lock -> validate -> credentials -> ... -> health -> record
"""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from edgefleet.cloudflare.models import LiveState, ScriptSettings
from edgefleet.config.account_session import AccountSession, open_account
from edgefleet.config.environments import resolve
from edgefleet.config.tenant import Tenant
from edgefleet.config.worker_urls import HealthUrls, health_urls, worker_url, workers_dev_url
from edgefleet.deploy.request import ChangeRequest, Dependencies
from edgefleet.errors import (
    EdgefleetError,
    Interrupted,
    RestoreError,
    TargetBusyError,
    UnhealthyError,
)
from edgefleet.health.models import Expectation
from edgefleet.health.probe import VersionOverride
from edgefleet.history.standing import deployed_words
from edgefleet.locks import lease as locks
from edgefleet.locks.fence import Fence, Unfenced
from edgefleet.records.models import UNTOUCHED, Action, Phase, Record, Status
from edgefleet.records.recorder import Recorder
from edgefleet.records.signature import own_message


class Run:
    """One change of a target, under its lock; `last` is the newest record of a change before it."""

    def __init__(
        self,
        asked: ChangeRequest,
        ports: Dependencies,
        recorder: Recorder,
        last: Record | None,
        held: ExitStack,
    ) -> None:
        self._asked = asked
        self._ports = ports
        self._held = held
        self.recorder = recorder
        self.last = last
        self.fence: Fence = Unfenced()
        self._on_workers_dev = ""

    @property
    def script(self) -> str:
        """The script's name; known once the tenant's files were read."""
        return str(self.recorder.record.script)

    def validate(self) -> Tenant:
        """Read the tenant's files."""
        with self.recorder.phase(Phase.VALIDATE):
            tenant = self._asked.load()
            script = resolve(tenant.wrangler, self._asked.target.environment)["name"]
            self.recorder.set(account_id=tenant.config.account_id, script=script)
        return tenant

    def open(self, tenant: Tenant) -> AccountSession:
        """Find the token, and make sure that it opens the tenant's own account."""
        ports = self._ports
        with self.recorder.phase(Phase.CREDENTIALS) as step:
            way = open_account(tenant, self._asked.target, ports.credentials, ports.connect)
            subdomain = way.account.subdomain()
            step.note = way.credential.source
        if way.credential.plain:
            ports.progress.say(
                f"  note: {way.credential.source} names no tenant; "
                f"it opens account {tenant.config.account_id}, which is this tenant's"
            )
        self._on_workers_dev = workers_dev_url(self.script, subdomain, ports.workers_dev)
        resolved = resolve(tenant.wrangler, self._asked.target.environment)
        self.recorder.set(url=worker_url(resolved, subdomain, ports.workers_dev))
        self._hold()
        return way

    def _hold(self) -> None:
        """Hold the target against other machines, until the run has ended.

        It comes after the first answers of Cloudflare, whose clock the lease goes by.
        """
        asked, record = self._asked, self.recorder.record
        if asked.dry_run:
            return
        with self.recorder.phase(Phase.LOCK) as step:
            run = locks.LockOwner(record.action, record.actor, record.run_url, asked.reason)
            hold = self._ports.locking.hold(
                [str(asked.target)], run, take_over=asked.take_over_lock, wait=asked.wait
            )
            self.fence = self._held.enter_context(hold)
            step.note = str(self.fence)
        self.recorder.set(
            lock="shared" if self.fence.shared_id else "local", lock_id=self.fence.shared_id
        )

    def locate(self, before: LiveState, wanted: ScriptSettings | None) -> HealthUrls:
        """Find where the Worker answers now, and where once its settings are `wanted`, if any."""
        found = health_urls(before.settings, wanted or before.settings, self._on_workers_dev)
        self.recorder.set(url=found.then)
        return found

    def check_traffic(self, before: LiveState) -> None:
        """Say what a killed run left; refuse to end a split that somebody else began."""
        left = self.last if self.last and self.last.status is Status.IN_PROGRESS else None
        if left:
            self._ports.progress.say(
                f"  note: the {left.action} of {left.started:%Y-%m-%d %H:%M:%S} UTC was killed in "
                f"its phase {left.phase}; live is {_traffic(before)}"
            )
        deployment = before.deployment
        if deployment is None or not deployment.split or self._asked.take_over:
            return
        if left and deployment.names(left.version_id):
            return
        made = next(iter(before.history), None)
        if made and own_message(made.message):
            words = f"a run of edgefleet split the traffic and did not end ({deployed_words(made)})"
            self._ports.progress.say(f"  note: {words}; live is {_traffic(before)}")
            return
        how = f" ({deployed_words(made)})" if made else ""
        target, action = self._asked.target, self.recorder.record.action
        tenant_option = "--tenants" if action is Action.ROLLBACK else "--tenant"
        raise TargetBusyError(
            f"{self.script}: somebody split its traffic{how}: {_traffic(before)}",
            hint="let them finish, or end the split: "
            f"edgefleet {action} {tenant_option} {target.tenant} "
            f"--env {target.environment} --replace-split",
        )

    def prove(self, version_id: str, url: str, *, pinned: bool) -> None:
        """Probe a version below a URL until it is healthy; raises `UnhealthyError`."""
        target = self._asked.target
        expected = Expectation(
            tenant=target.tenant, environment=target.environment, version_id=version_id
        )
        pin = VersionOverride(script=self.script, version_id=version_id) if pinned else None
        deadline = self._asked.health_deadline
        health = self._ports.probe(url, expected, deadline=deadline, pin=pin)
        self.recorder.set(health=health)
        if not health.healthy:
            raise UnhealthyError(
                f"{url}/health was not healthy within {deadline:.0f} s: {health.reason}"
            )


@contextmanager
def start_run(
    asked: ChangeRequest, action: Action, ports: Dependencies, *, engine: str
) -> Iterator[Run]:
    """Hold the target and keep a record of what happens; every failure is recorded."""
    last = ports.records.last_change(asked.target)
    record = Record(
        tenant=asked.target.tenant,
        environment=asked.target.environment,
        action=action,
        reason=asked.reason,
        dry_run=asked.dry_run,
        engine=engine,
        started=ports.clock.now(),
        **asked.origin.model_dump(),
    )
    recorder = Recorder(record, ports.records, ports.clock, ports.progress)
    with _recorded(recorder):
        actor = asked.origin.actor
        with ports.locks.hold(asked.target, action, actor, record.started) as died:
            if died:
                ports.progress.say(f"  note: {died} ended without letting the target go")
            with ExitStack() as held:
                yield Run(asked, ports, recorder, last, held)


@contextmanager
def _recorded(recorder: Recorder) -> Iterator[None]:
    try:
        yield
    except KeyboardInterrupt:
        ended = _interrupted(recorder.record)
        recorder.fail(_status(ended, recorder.record.phase), ended)
        raise ended from None
    except EdgefleetError as error:
        recorder.fail(_status(error, recorder.record.phase), error)
        raise
    except Exception as error:
        # A fault of ours must not leave a record that says it is still in progress.
        said = as_edgefleet_error(error)
        recorder.fail(_status(said, recorder.record.phase), said)
        raise


def as_edgefleet_error(error: Exception) -> EdgefleetError:
    """Return a fault of ours, or of this machine, in words, with what is live now where it says."""
    left = "; ".join(getattr(error, "__notes__", ()))
    return EdgefleetError(f"{type(error).__name__}: {error}", hint=left)


def _interrupted(record: Record) -> EdgefleetError:
    if record.phase in UNTOUCHED:
        return Interrupted(f"interrupted during {record.phase}; nothing was touched")
    # A change puts back what was live before it says that it was interrupted; this one did not.
    return RestoreError(
        f"{record.script}: interrupted during {record.phase}, and nobody made sure what is live",
        hint="see what is live in the dashboard; then deploy or roll back",
    )


def _status(error: EdgefleetError, phase: Phase) -> Status:
    if isinstance(error, Interrupted):
        return Status.INTERRUPTED
    if isinstance(error, RestoreError):
        return Status.RESTORE_FAILED
    return Status.RESTORED if phase is Phase.RESTORE else Status.FAILED


def _traffic(live: LiveState) -> str:
    if live.deployment is None:
        return "nothing"
    return ", ".join(
        f"version {share.version_id} {share.percentage:g} %" for share in live.deployment.versions
    )
