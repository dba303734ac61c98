"""Where real ports are put together for the commands."""

import os
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from threading import Lock

from edgefleet.build.assets.manifests import AssetManifests
from edgefleet.build.build import NEVER, Builder, Bundler
from edgefleet.build.bundle_store import BundleStore
from edgefleet.build.cache import BuildCache
from edgefleet.build.own_command.commands import Commands
from edgefleet.build.wrangler import Wrangler
from edgefleet.cloudflare.account import Account
from edgefleet.cloudflare.client import DEFAULT_BASE_URL, Cloudflare
from edgefleet.cloudflare.timing.clock import ServerClock
from edgefleet.cloudflare.timing.rate_limiter import RateLimiters
from edgefleet.cloudflare.worker.bundle import Bundle
from edgefleet.cloudflare.worker.bundle_form import require_digest
from edgefleet.config.credentials.lookup import PLAIN, Credential, Credentials
from edgefleet.config.credentials.token_notes import TokenNotes
from edgefleet.config.files.fleet_file import fleet_of
from edgefleet.config.files.tenant_files import find_root
from edgefleet.config.fleet_config import FleetConfig
from edgefleet.config.target import Environment, Target
from edgefleet.config.tenant import Tenant
from edgefleet.config.validate import Validation, require_valid_then, validated
from edgefleet.config.worker_urls import DEFAULT_WORKERS_DEV
from edgefleet.core.clock import SystemClock
from edgefleet.core.git import literal, tracked
from edgefleet.core.output.progress import ConsoleProgress
from edgefleet.core.redaction import Redactor
from edgefleet.deploy.request import Dependencies
from edgefleet.health.check import HealthDependencies
from edgefleet.health.probe import HttpProbe
from edgefleet.health.smoke import SmokeDependencies
from edgefleet.locks.lease import SharedLocks
from edgefleet.locks.local import LocalLocks
from edgefleet.locks.locking import Locking, LockMode
from edgefleet.locks.refs import LockRefs
from edgefleet.locks.run_ended import run_ended
from edgefleet.plan.accounts import Accounts
from edgefleet.records.lineage import Lineage
from edgefleet.records.store import DryRecords, Records
from edgefleet.state.seen.store import SeenVersions
from edgefleet.toolchain.places import npm_tree


class Wiring:
    """The real outside world, as seen from the repository at `root`."""

    def __init__(
        self,
        root: Path | None,
        environ: Mapping[str, str] | None = None,
        *,
        lock_mode: LockMode = LockMode.AUTO,
        cache: bool = True,
    ) -> None:
        self.root = find_root(Path.cwd(), root)
        self.environ = os.environ if environ is None else environ
        self.clock = SystemClock()
        self.progress = ConsoleProgress(self.clock)
        self.credentials = Credentials(self.environ, self.root)
        self.records = Records(
            Path(self.environ.get("EDGEFLEET_RECORDS") or self.root / "deployments")
        )
        self.bundles = BundleStore(self.root / ".edgefleet" / "bundles")
        self.manifests = AssetManifests(self.root / ".edgefleet" / "assets")
        self.locks = LocalLocks(self.root / ".edgefleet" / "locks")
        self.probe = HttpProbe(self.clock)
        self.base_url = self.environ.get("CLOUDFLARE_API_BASE_URL") or DEFAULT_BASE_URL
        self.budgets: RateLimiters | None = None
        self.server_clock = ServerClock()
        self.lock_mode = lock_mode
        # On GitHub each job begins without any, and none may come from another job.
        on_github = self.environ.get("GITHUB_ACTIONS") == "true"
        self._seen = self.root / ".edgefleet" / "seen" if cache and not on_github else None
        self.workers_dev = self.environ.get("EDGEFLEET_WORKERS_DEV") or DEFAULT_WORKERS_DEV

    @cached_property
    def wrangler(self) -> Wrangler:
        """The wrangler that edgefleet runs; what it prints loses every secret in reach."""
        return Wrangler(npm_tree(self.environ), self.environ, self.redact)

    def redact(self, text: str) -> str:
        """Take every secret in reach out of a text."""
        return Redactor(self.credentials.secrets())(text)

    @cached_property
    def fleet(self) -> FleetConfig:
        """What fleet.jsonc says; every key at its default where validation refuses the file."""
        return fleet_of(self.root)

    @cached_property
    def lock_refs(self) -> LockRefs:
        """The locks that all machines see."""
        return LockRefs(self.root, self.environ)

    @cached_property
    def locking(self) -> Locking:
        """Holds targets against other machines."""
        shared = SharedLocks(self.lock_refs, lambda url: run_ended(url, self.environ))
        return Locking(
            shared,
            self.lock_mode,
            self.server_clock.now,
            self.clock,
            self.progress,
            demanded=self.fleet.lock == "shared",
        )

    @cached_property
    def builder(self) -> Builder:
        """What bundles the Worker, with what it built before."""
        builds = BuildCache(self.root / ".edgefleet" / "builds", self.bundles)
        packages = self.root / ".edgefleet" / "packages"
        commands = Commands(self.environ, self.redact, packages, self.progress.say)
        never = self.environ.get("EDGEFLEET_BUILD") == NEVER
        return Builder(self.wrangler, builds, commands, never=never)

    @cached_property
    def lineage(self) -> Lineage:
        """The history of the repository."""
        return Lineage(self.root, self.environ)

    @cached_property
    def accounts(self) -> Accounts:
        """The accounts of this command, where it goes through targets one after the other."""
        return Accounts(self.api, seen=self.seen, sent=True)

    def connect_apart(self, credential: Credential, account_id: str) -> Account:
        """Open an account with new connections: for one of many targets in parallel."""
        return Accounts(self.api).connect(credential, account_id)

    @cached_property
    def seen(self) -> SeenVersions | None:
        """The versions that this machine looked at before; None with --no-cache."""
        if self._seen is None:
            return None
        specs = (self.root, literal(str(self._seen.relative_to(self.root))))
        return SeenVersions(self._seen, lambda: bool(tracked(*specs)), self.progress.say)

    @cached_property
    def token_notes(self) -> TokenNotes | None:
        """When tokens were verified last; None with --no-cache."""
        return TokenNotes(self._seen / "tokens") if self._seen else None

    def say_plain(self) -> None:
        """Say for which targets the token was used that names no tenant, if it was."""
        for target in sorted(map(str, self.credentials.plain_for)):
            self.progress.say(f"note: {PLAIN} names no tenant; it was used for {target}")

    def api(
        self,
        credential: Credential,
        account_id: str,
        sleep: Callable[[float], None] = time.sleep,
    ) -> Cloudflare:
        """Return the API with a token; within the budget of its owner, where there is one."""
        budget = self.budgets.of(account_id) if self.budgets else None
        return Cloudflare(
            self.base_url, credential.token, sleep=sleep, budget=budget, clock=self.server_clock
        )

    def ports(self, *, dry_run: bool = False) -> Dependencies:
        """Return what a deploy needs."""
        accounts = self.accounts
        return Dependencies(
            wrangler=self.wrangler,
            credentials=self.credentials,
            connect=accounts.connect,
            observe=accounts.observe,
            probe=self.probe,
            locks=self.locks,
            records=DryRecords(self.records.folder) if dry_run else self.records,
            clock=self.clock,
            progress=self.progress,
            lineage=self.lineage,
            base_url=self.base_url,
            workers_dev=self.workers_dev,
            locking=self.locking,
            manifests=self.manifests,
        )

    def health_ports(self) -> HealthDependencies:
        """Return what a probe of one target needs: new connections, the rest shared."""
        return HealthDependencies(
            credentials=self.credentials,
            connect=self.connect_apart,
            probe=self.probe,
            records=self.records,
            workers_dev=self.workers_dev,
        )

    def smoke_ports(self) -> SmokeDependencies:
        """Return what a smoke test needs."""
        return SmokeDependencies(self.credentials, self.clock, self.root, self.environ)

    def tenants(
        self, names: tuple[str, ...], environments: tuple[Environment, ...]
    ) -> Sequence[Tenant]:
        """Validate these tenants and return them; raises `ConfigError`.

        Requests for several share the budgets of their owners; for one they are too few to count.
        """
        return self.validated(names, environments).tenants

    def validated(
        self, names: tuple[str, ...], environments: tuple[Environment, ...]
    ) -> Validation:
        """Validate these tenants, as `tenants` does, and return what is known of the fleet."""
        today = datetime.now(UTC).date()
        found = validated(self.root, names, environments, today=today)
        self._counted(found.tenants)
        return found

    def tenants_in(
        self, folder: Path, names: tuple[str, ...], environments: tuple[Environment, ...]
    ) -> Sequence[Tenant]:
        """Load tenants of a checkout; what has expired since its commit is no error there."""
        return self._counted(require_valid_then(folder, names, environments, self.fleet))

    def tenant_in(self, folder: Path, target: Target) -> Tenant:
        """Load one tenant of a checkout; what has expired since its commit is no error there."""
        return self.tenants_in(folder, (target.tenant,), (target.environment,))[0]

    def _counted(self, found: Sequence[Tenant]) -> Sequence[Tenant]:
        if len(found) > 1:
            self.keep_budgets(found)
        return found

    def keep_budgets(self, tenants: Iterable[Tenant]) -> None:
        """Count requests from now on, those for tenants of one owner together."""
        owners = ((one.config.account_id, one.config.owner) for one in tenants)
        self.budgets = RateLimiters(self.environ, self.clock, owners)

    def loader(self, name: str, environment: Environment) -> Callable[[], Tenant]:
        """Return what validates and loads one tenant."""
        return lambda: self.tenants((name,), (environment,))[0]

    def bundler(
        self,
        environment: Environment,
        stored: Path | None,
        expected: str | None = None,
    ) -> Callable[[Tenant], Bundle]:
        """Return what gives a tenant's bundle: the stored one, or one built now and stored.

        `expected` is the only digest that it may have; any, where it is None. What is the same for
        several tenants is read or built once; threads may ask together.
        """
        built = Bundler(self.builder)
        loaded: list[Bundle] = []
        lock = Lock()

        def bundle(tenant: Tenant) -> Bundle:
            if stored is None:
                return require_digest(built(self.root, tenant, environment), expected)
            with lock:
                if not loaded:
                    loaded.append(self.bundles.load(stored))
            return require_digest(loaded[0], expected)

        return bundle
