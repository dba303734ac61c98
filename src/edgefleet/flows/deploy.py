"""Deploy one target: it ends live and proved healthy, or as it was before.

validate -> credentials -> build -> render -> upload -> health -> record
                                                `--------`--> (not proved) restore -> record
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from edgefleet.errors import EdgefleetError, Interrupted, RestoreError, UnhealthyError, UsageError
from edgefleet.flows.access import Connect, Way, open_account
from edgefleet.flows.journal import Journal
from edgefleet.flows.render import render
from edgefleet.flows.rollout import Rollout
from edgefleet.model.bundle import Bundle
from edgefleet.model.health import Expectation
from edgefleet.model.record import Action, Origin, Phase, Record, Status
from edgefleet.model.target import Environment, Target
from edgefleet.model.tenant import Tenant
from edgefleet.ports.clock import Clock
from edgefleet.ports.credentials import Credentials
from edgefleet.ports.probe import Probe
from edgefleet.ports.progress import Progress
from edgefleet.ports.records import Records
from edgefleet.ports.wrangler import Access, Wrangler
from edgefleet.rules.address import worker_url
from edgefleet.rules.environments import resolve


@dataclass(frozen=True, slots=True)
class Ports:
    """The outside world, as a deploy needs it."""

    wrangler: Wrangler
    credentials: Credentials
    connect: Connect
    probe: Probe
    records: Records
    clock: Clock
    progress: Progress
    base_url: str
    """Of Cloudflare's API."""
    workers_dev: str
    """`https://workers.dev`, or what stands for it."""


@dataclass(frozen=True, slots=True)
class Request:
    """What is asked for."""

    target: Target
    load: Callable[[], Tenant]
    """Validates the tenant's files and returns it; raises `ConfigError`."""
    bundle: Callable[[Tenant], Bundle]
    """Builds the bundle, or reads one that was built before."""
    origin: Origin
    dry_run: bool = False
    force: bool = False
    health_deadline: float = 60.0


def deploy(request: Request, ports: Ports) -> Record:
    """Deploy, and return the record of it. Every failure is recorded before it is raised."""
    _check_origin(request)
    record = Record(
        tenant=request.target.tenant,
        environment=request.target.environment,
        action=Action.DEPLOY,
        started=ports.clock.now(),
        **request.origin.model_dump(),
    )
    journal = Journal(record, ports.records, ports.clock, ports.progress)
    try:
        _Deploy(request, ports, journal).run()
    except KeyboardInterrupt:
        error = Interrupted(f"interrupted during {journal.record.phase}; nothing was touched")
        journal.fail(Status.INTERRUPTED, error)
        raise error from None
    except EdgefleetError as error:
        journal.fail(_status(error, journal.record.phase), error)
        raise
    except Exception as error:
        # A fault of ours must not leave a record that says it is still in progress.
        said = EdgefleetError(f"{type(error).__name__}: {error}")
        journal.fail(_status(said, journal.record.phase), said)
        raise
    return journal.succeed()


def _check_origin(request: Request) -> None:
    production = request.target.environment is Environment.PRODUCTION
    if production and request.origin.dirty and not request.force:
        raise UsageError(
            "production is deployed from a commit, and there are uncommitted changes",
            hint="commit them, or deploy them all the same with --force",
        )


def _status(error: EdgefleetError, phase: Phase) -> Status:
    if isinstance(error, Interrupted):
        return Status.INTERRUPTED
    if isinstance(error, RestoreError):
        return Status.RESTORE_FAILED
    return Status.RESTORED if phase is Phase.RESTORE else Status.FAILED


class _Deploy:
    """The phases, in order; each notes in the journal what it found out."""

    def __init__(self, request: Request, ports: Ports, journal: Journal) -> None:
        self._request = request
        self._ports = ports
        self._journal = journal

    def run(self) -> None:
        tenant = self._validate()
        resolved = resolve(tenant.wrangler, self._request.target.environment)
        way = self._open(tenant)
        url = worker_url(resolved, way.subdomain, self._ports.workers_dev)
        self._journal.note(url=url)
        bundle = self._build(tenant)
        with TemporaryDirectory(prefix="edgefleet-") as folder:
            config = self._render(tenant, bundle, Path(folder))
            if not self._request.dry_run:
                self._roll_out(way, str(resolved["name"]), config, url)

    def _validate(self) -> Tenant:
        with self._journal.phase(Phase.VALIDATE):
            tenant = self._request.load()
            script = resolve(tenant.wrangler, self._request.target.environment)["name"]
            self._journal.note(account_id=tenant.config.account_id, script=script)
        return tenant

    def _open(self, tenant: Tenant) -> Way:
        ports = self._ports
        with self._journal.phase(Phase.CREDENTIALS) as step:
            way = open_account(tenant, self._request.target, ports.credentials, ports.connect)
            step.note = way.credential.source
        if way.credential.plain:
            ports.progress.say(
                f"  note: {way.credential.source} names no tenant; "
                f"it opens account {tenant.config.account_id}, which is this tenant's"
            )
        return way

    def _build(self, tenant: Tenant) -> Bundle:
        with self._journal.phase(Phase.BUILD) as step:
            bundle = self._request.bundle(tenant)
            self._journal.note(
                bundle_digest=bundle.digest, wrangler_version=self._ports.wrangler.version()
            )
            step.note = f"sha256:{bundle.digest[:12]}, {bundle.size / 1024:.1f} KiB"
        return bundle

    def _render(self, tenant: Tenant, bundle: Bundle, folder: Path) -> Path:
        with self._journal.phase(Phase.RENDER) as step:
            config = render(tenant, self._request.target.environment, bundle, folder)
            step.note = str(self._journal.record.script)
        return config

    def _roll_out(self, way: Way, script: str, config: Path, url: str) -> None:
        access = Access(
            account_id=way.account.id, token=way.credential.token, base_url=self._ports.base_url
        )
        Rollout(
            account=way.account,
            script=script,
            upload=lambda: self._ports.wrangler.deploy(config, access),
            prove=lambda version_id: self._prove(url, version_id),
            journal=self._journal,
        ).run()

    def _prove(self, url: str, version_id: str) -> None:
        target = self._request.target
        expected = Expectation(
            tenant=target.tenant, environment=target.environment, version_id=version_id
        )
        with self._journal.phase(Phase.HEALTH) as step:
            health = self._ports.probe(url, expected, deadline=self._request.health_deadline)
            self._journal.note(health=health)
            step.note = url
            if not health.healthy:
                raise UnhealthyError(
                    f"{url}/health was not healthy within {self._request.health_deadline:.0f} s: "
                    f"{health.reason}"
                )
