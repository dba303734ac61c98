"""One target whose files may fail, and whose Cloudflare is only remembered and works."""

import io
import shutil
import sys
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from edgefleet.build.engine import API
from edgefleet.cloudflare.models import (
    DeploymentEvent,
    DeploymentPage,
    LiveState,
    ScriptSettings,
    Version,
    VersionDetails,
)
from edgefleet.config.credentials.lookup import Credentials
from edgefleet.config.target import DEFAULT_ENVIRONMENTS, STAGING, Target
from edgefleet.config.tenant import Tenant
from edgefleet.config.validate import require_valid
from edgefleet.core.output.progress import ConsoleProgress
from edgefleet.deploy.pipeline import deploy
from edgefleet.deploy.request import Dependencies, DeployRequest
from edgefleet.health.models import Expectation
from edgefleet.health.probe import VersionOverride
from edgefleet.locks.local import LocalLocks
from edgefleet.records.lineage import Lineage
from edgefleet.records.models import Health, Origin
from edgefleet.records.store import Records
from edgefleet.rollback.request import RollbackRequest
from edgefleet.rollback.rollback import rollback
from support.bundles import numbered_bundle
from support.clock import FakeClock
from support.fleet import make_fleet
from support.records import deployed
from support.rollouts import NEW, OLD, FakeAccount, FakeScript, FakeScriptApi, all_to

ALDER = Target(tenant="alder", environment=STAGING)
UNUSED: Any = None
BEFORE = ScriptSettings(workers_dev=True)


class TwoVersions(FakeScriptApi):
    """A script with two versions."""

    def history(self) -> Iterator[DeploymentEvent]:
        """Yield a deployment of each version."""
        yield from (deployed(0, NEW), deployed(0, OLD))

    def deployable(self) -> list[Version]:
        """Return both."""
        return [Version(id=NEW, number=2), Version(id=OLD, number=1)]

    def details(self, version_id: str) -> VersionDetails | None:
        """Return a version without bindings."""
        return VersionDetails(id=version_id, bindings=()) if version_id in (OLD, NEW) else None


class OneAccount(FakeAccount):
    """An account whose script has two versions, and all migrations that its files have."""

    def __init__(self, script: FakeScript, migration: str | None) -> None:
        super().__init__(script)
        self._migration = migration

    def script(self, name: str) -> TwoVersions:
        """Return the script."""
        return TwoVersions(self)

    def observe(
        self,
        script: str,
        beside: Collection[str] = (),
        objects: Collection[str] = (),
        *,
        deployable: bool = False,
        deployments: DeploymentPage | None = None,
    ) -> LiveState:
        """Return what is live."""
        return LiveState(
            deployment=self.script(script).current(),
            settings=self.fake.settings,
            migration_tag=self._migration,
            newest=1,
            versions=tuple(self.script(script).deployable()),
        )


class Elsewhere:
    """What a deploy needs besides: a wrangler, and readings that find nothing."""

    def facts(self, *_: object) -> dict[str, Any]:
        """Return none: everything is to be deployed."""
        return {}

    def version(self, *_: object) -> str:
        """Return wrangler's version."""
        return NEW


@dataclass
class Lone:
    """One target: what is live, and how a version does that gets all visitors."""

    folder: Path
    tenant: Tenant
    healthy: bool = True
    reason: str = "HTTP 500"
    account: OneAccount = field(init=False)

    def begin(self, live: str) -> None:
        """Have one version live, and no files of earlier runs."""
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir()
        script = FakeScript()
        script.settings = BEFORE
        script.deploy(all_to(live), "")
        script.seen.clear()
        migrations = self.tenant.resolved(STAGING).get("migrations") or []
        self.account = OneAccount(script, migrations[-1]["tag"] if migrations else None)

    @property
    def truth(self) -> tuple[object, ScriptSettings]:
        """Return what is live."""
        live = self.account.fake.live
        return (live and live.versions), self.account.fake.settings

    def probe(
        self,
        url: str,
        expected: Expectation,
        *,
        deadline: float,
        pin: VersionOverride | None = None,
    ) -> Health:
        """Find a version healthy at 0 %, and as ordered with all traffic."""
        good = self.healthy or pin is not None
        reason = "" if good else self.reason
        return Health(url=url, healthy=good, attempts=1, seconds=deadline, reason=reason)

    def ports(self) -> Dependencies:
        """Return the outside world."""
        clock = FakeClock()
        elsewhere: Any = Elsewhere()
        return Dependencies(
            wrangler=elsewhere,
            credentials=Credentials({"CLOUDFLARE_API_TOKEN_ALDER": "t"}, self.folder),
            connect=lambda *_: self.account,
            probe=self.probe,
            observe=lambda *_: elsewhere,
            records=Records(self.folder / "deployments"),
            locks=LocalLocks(self.folder / "locks"),
            lineage=Lineage(self.folder, {}),
            clock=clock,
            progress=ConsoleProgress(clock),
            base_url="",
            workers_dev="https://workers.dev",
        )

    def deploy(self) -> None:
        """Deploy `NEW`."""
        request = DeployRequest(
            target=ALDER,
            load=lambda: self.tenant,
            bundle=lambda _tenant: numbered_bundle(0),
            origin=Origin(edgefleet_version="0", git_commit="c" * 40, dirty=False),
            engine=API,
        )
        deploy(request, self.ports())

    def roll_back(self) -> None:
        """Return to `OLD`."""
        asked = RollbackRequest(
            target=ALDER,
            load=lambda: self.tenant,
            load_at=UNUSED,
            root=self.folder,
            origin=Origin(edgefleet_version="0"),
            to=OLD,
        )
        rollback(asked, self.ports())


def lone(folder: Path) -> Lone:
    """Return a target with a tenant of the small fleet."""
    (tenant,) = require_valid(
        make_fleet(folder), ("alder",), DEFAULT_ENVIRONMENTS, today=date(2026, 11, 21)
    )
    return Lone(folder / "run", tenant)


@contextmanager
def said() -> Iterator[Callable[[], str]]:
    """Keep what goes to stderr."""
    kept, before = io.StringIO(), sys.stderr
    sys.stderr = kept
    try:
        yield kept.getvalue
    finally:
        sys.stderr = before
