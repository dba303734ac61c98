"""One target whose every API call can be struck, and what is true of it afterwards."""

import itertools
import json
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from edgefleet.build.engine import API
from edgefleet.cli.wiring import Wiring
from edgefleet.cloudflare.account import Account
from edgefleet.cloudflare.client import TIMEOUT_SECONDS, Cloudflare
from edgefleet.cloudflare.worker.bundle import Bundle
from edgefleet.config.credentials.lookup import Credential
from edgefleet.config.target import STAGING, Target
from edgefleet.config.tenant import Tenant
from edgefleet.core.clock import SystemClock
from edgefleet.core.git import checkout
from edgefleet.core.model import Json
from edgefleet.core.secret import Secret
from edgefleet.deploy.pipeline import deploy
from edgefleet.deploy.request import Dependencies, DeployRequest
from edgefleet.errors import EdgefleetError, ExitCode
from edgefleet.health.models import Expectation
from edgefleet.health.probe import VersionOverride
from edgefleet.http.connection import HttpRequest, HttpResponse, Transport
from edgefleet.records.models import Health, Origin
from edgefleet.state.live_state import Observer
from support.bundles import numbered_bundle
from support.project import make_project
from support.struck import Blow, Site, struck_site

TENANT = "mrrainbowsmoke"
SCRIPT = "bluey-ai-worker-staging"
TARGET = Target(tenant=TENANT, environment=STAGING)
TOKEN = "canary-of-a-sweep-5b1f0c9ad2e84f67"
PATIENCE_SECONDS = 0.2
"""How long the client waits for an answer that comes after `LATE_SECONDS`; for others, as usual."""
TEMPO = 0.05
HISTORY = 10
"""After how many cases a course begins from nothing again."""
ABSENT = ("absent",)
CODES = {
    "succeeded": {ExitCode.OK},
    "unchanged": {ExitCode.OK},
    "failed": {ExitCode.CREDENTIALS, ExitCode.EXTERNAL},
    "restored": {ExitCode.EXTERNAL, ExitCode.UNHEALTHY},
    "restore_failed": {ExitCode.RESTORE_FAILED},
}

Truth = tuple[Any, ...]
"""The shares of the deployment in force, the triggers and the settings; or `ABSENT`."""


class Impatient(Transport):
    """Gives up soon on the request that is struck with lateness, and on no other."""

    def __init__(self, site: Site, token: Secret) -> None:
        super().__init__(site.api, token, PATIENCE_SECONDS)
        self._site = site
        self._patient = Transport(site.api, token, TIMEOUT_SECONDS)

    def send(self, call: HttpRequest) -> HttpResponse:
        return super().send(call) if self._site.struck.late_next else self._patient.send(call)


class QuickClock(SystemClock):
    """Waits a small part of each wait; `tempo` is how small."""

    tempo = 0.0

    def sleep(self, seconds: float) -> None:
        time.sleep(seconds * self.tempo)


@dataclass
class Sweep:
    """One target at one struck site."""

    site: Site
    request: DeployRequest
    ports: Dependencies
    root: Path
    account: str
    clock: QuickClock
    tenant: Tenant
    bundles: Iterator[int] = field(default_factory=itertools.count)

    def read(self, path: str) -> Any:
        """Return the truth; None where there is none."""
        where = f"/accounts/{self.account}/workers/scripts/{SCRIPT}/{path}"
        answer = self.site.ask("GET", where, TOKEN)
        return None if answer.status_code == 404 else answer.json()["result"]

    def edit(self, method: str, path: str, **options: Any) -> None:
        """Change the truth."""
        where = f"/accounts/{self.account}/workers/scripts/{SCRIPT}{path}"
        assert self.site.ask(method, where, TOKEN, **options).is_success

    def truth(self) -> Truth:
        """Read what is live."""
        found = self.read("deployments")
        if not found or not found["deployments"]:
            return ABSENT
        shares = tuple(
            (share["version_id"], share["percentage"])
            for share in found["deployments"][0]["versions"]
        )
        crons = tuple(one["cron"] for one in self.read("schedules")["schedules"])
        return (shares, crons, self.read("subdomain"), self.read("script-settings"))

    def probe(
        self,
        url: str,
        expected: Expectation,
        *,
        deadline: float,
        pin: VersionOverride | None = None,
    ) -> Health:
        """Answer as a Worker would: the version that the truth gives this request."""
        found = self.read("deployments")
        shares = {
            share["version_id"]: share["percentage"]
            for share in (found["deployments"][0]["versions"] if found else [])
        }
        good = expected.version_id in shares if pin else shares == {expected.version_id: 100}
        return Health(url=url, healthy=good, attempts=1, seconds=0, reason="" if good else "other")

    def remove(self) -> None:
        """Make the target one that was never deployed, without a record."""
        if self.read("deployments") is not None:
            self.edit("DELETE", "?force=true")
        for path in self.records():
            path.unlink()

    def deploy(self, **changes: Any) -> dict[str, Any]:
        """Deploy a bundle like no other, under no blow; return its record."""
        known = self.records()
        deploy(replace(self.request, **{"bundle": self.next_bundle(), **changes}), self.ports)
        (path,) = self.records() - known
        record: dict[str, Any] = json.loads(path.read_text())
        return record

    def next_bundle(self) -> Callable[[Tenant], Bundle]:
        """Return what gives a bundle like no other."""
        built = numbered_bundle(next(self.bundles))
        return lambda _tenant: built

    def meddle(self) -> None:
        """Make triggers and settings other than the files say."""
        self.edit("PUT", "/schedules", json=[{"cron": "1 1 * * *"}])
        self.edit("POST", "/subdomain", json={"enabled": True, "previews_enabled": True})
        self.edit("PATCH", "/script-settings", json={"logpush": True})

    def records(self) -> set[Path]:
        """Return the files of records."""
        return set(self.ports.records.folder.glob("*.json"))

    def run(self, act: Callable[[], object], blow: Blow | None) -> tuple[int, dict[str, Any]]:
        """Act under a blow; return the exit code and the record, as it was on disk."""
        self.site.struck.begin(blow)
        self.clock.tempo = TEMPO if blow and blow.name == "timeout" else 0
        known = self.records()
        code = ExitCode.OK
        try:
            act()
        except EdgefleetError as error:
            code = error.exit_code
        self.site.quiet()
        self.site.struck.begin(None)
        self.clock.tempo = 0
        (path,) = self.records() - known
        record: dict[str, Any] = json.loads(path.read_text())
        path.unlink()
        return code, record


@dataclass(frozen=True)
class Course:
    """One way that a change of a target goes: how to set the scene for it, and the change."""

    name: str
    begin: Callable[[Sweep], None]
    """Sets the scene from nothing."""
    again: Callable[[Sweep], None]
    """Sets it once more after a change that succeeded."""
    act: Callable[[Sweep], object]
    blows: Callable[[int, tuple[str, str]], Sequence[Blow]]
    """Which blows strike a call, by its number, method and path."""


@dataclass
class Tally:
    """What became of all cases of a course."""

    course: str
    cases: int = 0
    wrong: list[str] = field(default_factory=list)
    ends: dict[str, int] = field(default_factory=dict)

    def __str__(self) -> str:
        left = f"{len(self.wrong)} left between two states"
        return f"{self.course}: {self.cases} cases, {left}; {self.ends}"


def swept(sweep: Sweep, course: Course) -> Tally:
    """Strike every call of a course in every way; say what was left between two states."""
    sweep.remove()
    course.begin(sweep)
    code, record = sweep.run(lambda: course.act(sweep), None)
    assert (code, record["status"]) == (0, "succeeded"), record["error"]
    calls, wanted = sweep.site.struck.counted, sweep.truth()
    tally = Tally(course.name)
    before: Truth | None = None
    for nth, call in enumerate(calls):
        for blow in course.blows(nth, call):
            if before is None or tally.cases % HISTORY == 0:
                sweep.remove()  # a history of hundreds makes every answer slow
                course.begin(sweep)
                before = sweep.truth()
            code, record = sweep.run(lambda: course.act(sweep), replace(blow, nth=nth))
            after = sweep.truth()
            tally.cases += 1
            tally.ends[record["status"]] = tally.ends.get(record["status"], 0) + 1
            found = _between(before, wanted, after, record) or _code(code, record, blow)
            if found:
                tally.wrong.append(
                    f"{nth} {' '.join(call)}: {blow.name} {blow.lasts or 'once'}: {found}: "
                    f"{record['error']}; {before} -> {after}"
                )
            if record["status"] == "restore_failed":
                before = None
            elif after != before:
                course.again(sweep)
                before = sweep.truth()
    return tally


def _between(before: Truth, wanted: Truth, after: Truth, record: dict[str, Any]) -> str:
    """Say what is wrong with an end; empty where it is one of the three states."""
    if record["status"] == "restore_failed":
        return ""
    if record["status"] == "succeeded":
        is_new = after[0] == ((record["version_id"], 100),) and after[1:] == wanted[1:]
        return "" if is_new else "a success that is not live"
    return "" if after == before else "a failure that left something"


def _code(code: int, record: dict[str, Any], blow: Blow) -> str:
    if code not in CODES.get(record["status"], ()):
        return f"exit code {code} of a run that {record['status']}"
    if code == ExitCode.RESTORE_FAILED and not blow.lasts:
        return "one blow that made the restore impossible"
    return ""


def migrated(tenant: Tenant) -> Tenant:
    """Return a tenant with one more Durable Object migration than its files say."""
    steps: list[Json] = list(tenant.resolved(STAGING)["migrations"])
    more = {"tag": "v-next", "new_sqlite_classes": ["Another"]}
    return replace(tenant, source=json.dumps({**tenant.wrangler, "migrations": [*steps, more]}))


@contextmanager
def sweep_site(folder: Path) -> Iterator[Sweep]:
    """Set the scene: a project with one tenant, whose account is at a struck site."""
    project = make_project(folder / "fleet")
    project.environ = {f"CLOUDFLARE_API_TOKEN_{TENANT.upper()}": TOKEN}
    account = project.wrangler(TENANT)["account_id"]
    (file, _) = project.resources()
    with struck_site(folder / "edge", (account, TENANT, TOKEN), file) as site:
        wiring = Wiring(project.root, project.environment({}))
        clock = QuickClock()

        def api(credential: Credential) -> Cloudflare:
            client = Cloudflare(site.api, credential.token, sleep=clock.sleep)
            client._transport = Impatient(site, credential.token)
            return client

        ports = replace(
            wiring.ports(),
            clock=clock,
            connect=lambda credential, account: Account(api(credential), account),
            observe=lambda credential, account: Observer(Account(api(credential), account)),
            base_url=site.api,
        )
        tenant = wiring.loader(TENANT, STAGING)()
        commit = checkout(project.root).commit
        request = DeployRequest(
            target=TARGET,
            load=lambda: tenant,
            bundle=lambda _tenant: numbered_bundle(0),
            origin=Origin(edgefleet_version="0", git_commit=commit, dirty=False),
            engine=API,
            health_deadline=1,
        )
        sweep = Sweep(site, request, ports, project.root, account, clock, tenant)
        sweep.ports = replace(ports, probe=sweep.probe)
        yield sweep
