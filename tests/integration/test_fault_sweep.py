"""Each call that a deploy makes fails in each way: the end is never between two states."""

import itertools
import json
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import pytest

from edgefleet.cli.wiring import Wiring
from edgefleet.errors import EdgefleetError, ExitCode
from edgefleet.flows.deploy import deploy
from edgefleet.flows.request import API, Ports, Request
from edgefleet.model.bundle import Bundle, Module
from edgefleet.model.health import Expectation, Health
from edgefleet.model.record import Origin
from edgefleet.model.target import Environment, Target
from edgefleet.ports.account import Account
from edgefleet.ports.clock import SystemClock
from edgefleet.ports.cloudflare import Cloudflare
from edgefleet.ports.credentials import Credential
from edgefleet.ports.observe import Observer
from edgefleet.ports.probe import Pin
from edgefleet.ports.upload import ApiUpload
from integration.conftest import TENANTS, token
from support.bundles import JAVASCRIPT
from support.project import make_project
from support.struck import LASTING, ONCE, Blow, Site, late, struck_site

ONE = TENANTS[0]
SCRIPT = "bluey-ai-worker-staging"
TARGET = Target(tenant=ONE, environment=Environment.STAGING)
MAIN = """
export default { fetch() {}, scheduled() {} };
export class ChatSession {}
export class RateLimiter {}
"""
PATIENCE_SECONDS = 0.2
"""How long the client waits for an answer that comes after `LATE_SECONDS`."""
LATE_SECONDS = 0.3
TEMPO = 0.05
ABSENT = "absent"
COURSES = {"first": "first upload", "version": "version", "settings": "settings"}
CODES = {
    "succeeded": {ExitCode.OK},
    "unchanged": {ExitCode.OK},
    "failed": {ExitCode.CREDENTIALS, ExitCode.CLOUDFLARE},
    "restored": {ExitCode.CLOUDFLARE, ExitCode.UNHEALTHY},
    "restore_failed": {ExitCode.RESTORE_FAILED},
}


class QuickClock(SystemClock):
    """Waits a small part of what it is told; `tempo` is how small."""

    tempo = 0.0

    def sleep(self, seconds: float) -> None:
        time.sleep(seconds * self.tempo)


@dataclass
class Sweep:
    """One target at one struck site."""

    site: Site
    request: Request
    ports: Ports
    account: str
    clock: QuickClock
    bundles: int = 0

    def read(self, path: str) -> Any:
        """Return the truth; None where there is none."""
        where = f"/accounts/{self.account}/workers/scripts/{SCRIPT}/{path}"
        answer = self.site.ask("GET", where, token(ONE))
        return None if answer.status_code == 404 else answer.json()["result"]

    def edit(self, method: str, path: str, **options: Any) -> None:
        """Change the truth."""
        where = f"/accounts/{self.account}/workers/scripts/{SCRIPT}{path}"
        assert self.site.ask(method, where, token(ONE), **options).is_success

    def truth(self) -> tuple[Any, ...]:
        """Return the shares of the deployment in force, the triggers and the settings."""
        found = self.read("deployments")
        if not found or not found["deployments"]:
            return (ABSENT,)
        shares = tuple(
            (share["version_id"], share["percentage"])
            for share in found["deployments"][0]["versions"]
        )
        crons = tuple(one["cron"] for one in self.read("schedules")["schedules"])
        return (shares, crons, self.read("subdomain"), self.read("script-settings"))

    def probe(
        self, url: str, expected: Expectation, *, deadline: float, pin: Pin | None = None
    ) -> Health:
        """Answer as a Worker would: the version that the truth gives this request."""
        found = self.read("deployments")
        shares = {
            share["version_id"]: share["percentage"]
            for share in (found["deployments"][0]["versions"] if found else [])
        }
        good = expected.version_id in shares if pin else shares == {expected.version_id: 100}
        return Health(url=url, healthy=good, attempts=1, seconds=0, reason="" if good else "other")

    def prepare(self, course: str) -> tuple[Any, ...]:
        """Make the state that this course starts from, and return it."""
        self.site.struck.begin(None)
        self.site.quiet()
        exists = self.truth() != (ABSENT,)
        if course == "first":
            if exists:
                self.edit("DELETE", "?force=true")
        else:
            now = self.truth()
            if not exists or len(now[0]) != 1:
                deploy(replace(self.request, force=True, take_over=True), self.ports)
            self.edit("PUT", "/schedules", json=[{"cron": "1 1 * * *"}])
            self.edit("POST", "/subdomain", json={"enabled": True, "previews_enabled": True})
            self.edit("PATCH", "/script-settings", json={"logpush": True})
        return self.truth()

    def run(self, course: str, blow: Blow | None) -> tuple[int, dict[str, Any]]:
        """Deploy under a blow; return the exit code and the record, as it is on disk."""
        self.site.struck.begin(blow)
        self.clock.tempo = TEMPO if blow and blow.name == "timeout" else 0
        if course == "version":
            self.bundles += 1
            number = self.bundles
            self.request = replace(self.request, bundle=lambda _tenant: bundle(number))
        known = set(self.ports.records.folder.glob("*.json"))
        code = ExitCode.OK
        try:
            deploy(self.request, self.ports)
        except EdgefleetError as error:
            code = error.exit_code
        self.site.quiet()
        self.clock.tempo = 0
        (path,) = set(self.ports.records.folder.glob("*.json")) - known
        record: dict[str, Any] = json.loads(path.read_text())
        path.unlink()
        return code, record


@pytest.fixture(scope="module")
def sweep(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sweep]:
    project = make_project(tmp_path_factory.mktemp("sweep"))
    project.environ = {f"CLOUDFLARE_API_TOKEN_{ONE.upper()}": token(ONE)}
    account = project.wrangler(ONE)["account_id"]
    file = project.root / "tenants" / ONE / "wrangler.jsonc"
    state = tmp_path_factory.mktemp("edge")
    with struck_site(state, (account, ONE, token(ONE)), file) as site:
        wiring = Wiring(project.root, project.environment({}))
        clock = QuickClock()

        def api(credential: Credential) -> Cloudflare:
            patience = PATIENCE_SECONDS if clock.tempo else 30
            return Cloudflare(site.api, credential.token, sleep=clock.sleep, timeout=patience)

        ports = replace(
            wiring.ports(),
            clock=clock,
            connect=lambda credential, account: Account(api(credential), account),
            observe=lambda credential, account: Observer(api(credential), account),
            uploads=lambda credential, account: ApiUpload(api(credential), account),
            base_url=site.api,
        )
        request = Request(
            target=TARGET,
            load=wiring.loader(ONE, Environment.STAGING),
            bundle=lambda _tenant: bundle(0),
            origin=Origin(edgefleet_version="0"),
            engine=API,
            health_deadline=1,
        )
        swept = Sweep(site, request, ports, account, clock)
        swept.ports = replace(ports, probe=swept.probe)
        yield swept


def bundle(number: int) -> Bundle:
    """Return a bundle like no other."""
    content = f"// {number}\n{MAIN}".encode()
    module = Module(name="index.js", content_type=JAVASCRIPT, content=content)
    return Bundle(main_module="index.js", builder="a test", modules=(module,))


def between(
    before: tuple[Any, ...], wanted: tuple[Any, ...], after: tuple[Any, ...], record: dict[str, Any]
) -> str:
    """Say what is wrong with an end; empty where it is one of the three states."""
    if record["status"] == "restore_failed":
        return ""
    if record["status"] == "succeeded":
        is_new = after[0] == ((record["version_id"], 100),) and after[1:] == wanted[1:]
        return "" if is_new else "a success that is not live"
    return "" if after == before else "a failure that left something"


@pytest.mark.parametrize("course", COURSES)
def test_no_end_is_between_two_states(sweep: Sweep, course: str) -> None:
    sweep.prepare(course)
    code, record = sweep.run(course, None)
    assert (code, record["status"]) == (0, "succeeded"), record["error"]
    calls, wanted = sweep.site.struck.calls, sweep.truth()
    assert record["plan"]["course"] == COURSES[course]
    blows = [*ONCE, late(LATE_SECONDS), *LASTING]
    if course == "settings":  # its calls are all of them calls of the version's course, too
        blows = [blow for blow in blows if blow.name in ("500", "dropped after", "timeout")]
    started = time.monotonic()
    wrong, ends = [], dict.fromkeys(CODES, 0)
    for nth, blow in itertools.product(range(len(calls)), blows):
        if blow is blows[0]:
            sweep.prepare("first")  # a history of hundreds makes every answer slow
        before = sweep.prepare(course)
        code, record = sweep.run(course, replace(blow, nth=nth))
        after = sweep.truth()
        found = between(before, wanted, after, record)
        if code not in CODES.get(record["status"], ()):
            found = f"exit code {code} of a run that {record['status']}"
        if code == ExitCode.RESTORE_FAILED and not blow.lasts:
            found = "one blow that made the restore impossible"
        ends[record["status"]] = ends.get(record["status"], 0) + 1
        if found:
            wrong.append(
                f"{nth} {' '.join(calls[nth])}: {blow.name} {blow.lasts or 'once'}: {found}: "
                f"{record['error']}; {before} -> {after}"
            )
    cases = len(calls) * len(blows)
    seconds = time.monotonic() - started
    said = f"{course}: {cases} cases, {len(wrong)} left between two states; {ends}"
    print(f"\n{said}; {seconds:.0f} s")  # noqa: T201 - what was tried, for who asks with -s
    assert not wrong, "\n".join(wrong)
