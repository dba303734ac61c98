"""`edgefleet deploy`, with the real wrangler and the real Workers runtime."""

import json
import os
import re
import signal
import subprocess
from pathlib import Path
from typing import Any

import pytest

from integration.conftest import TENANTS, Stage, token
from integration.test_plan import edit
from support.bundles import broken_bundle
from support.ports import end_group, wait_for
from support.project import Ran

ONE, OTHER = TENANTS
API = ("--engine", "api")
"""For what happens after an upload, which is edgefleet's own with either engine."""
BLUEY = "bluey-ai-worker-staging"


def health(stage: Stage, tenant: str = ONE, environment: str = "staging") -> dict[str, Any]:
    """Return what `edgefleet health` finds."""
    ran = stage.project.run("health", "--tenants", tenant, "--env", environment, "--format", "json")
    (found,) = json.loads(ran.out)
    assert isinstance(found, dict)
    return found


def last(stage: Stage) -> dict[str, Any]:
    """Return the newest record."""
    return stage.project.records()[-1]


@pytest.fixture(scope="module")
def first(stage: Stage) -> tuple[Ran, dict[str, Any]]:
    """Deploy the first tenant to staging once; return what was said, and the record."""
    ran = stage.deploy(ONE, "staging")
    assert ran.code == 0, ran.said
    return ran, last(stage)


@pytest.fixture(scope="module")
def deployed(first: tuple[Ran, dict[str, Any]]) -> str:
    """Return the version that was live first."""
    return str(first[1]["version_id"])


PHASES = (
    "validate",
    "credentials",
    "lock",
    "build",
    "plan",
    "render",
    "upload",
    "settings",
    "health",
)
"""Those of a first deploy by wrangler."""


def test_a_first_deploy_is_live_proved_and_recorded(
    stage: Stage, first: tuple[Ran, dict[str, Any]], deployed: str
) -> None:
    _, record = first
    assert (record["status"], record["phase"], record["action"]) == ("succeeded", "done", "deploy")
    assert record["health"]["healthy"]
    assert record["health"]["version_id"] == deployed
    assert record["script"] == BLUEY
    assert record["url"] == f"http://{BLUEY}.{ONE}.{stage.edge.workers_dev.split('//')[1]}"
    assert record["previous_version_id"] is None
    assert re.fullmatch("[0-9a-f]{64}", record["bundle_digest"])
    assert re.fullmatch("[0-9a-f]{40}", record["git_commit"])
    assert record["dirty"] is False
    assert record["wrangler_version"] == "4.164.0"
    assert tuple(record["seconds"]) == PHASES


def test_the_worker_gets_its_own_tenants_settings(stage: Stage, deployed: str) -> None:
    found = health(stage)
    assert (found["healthy"], found["version_id"]) == (True, deployed)
    assert found["model_id"] == "@cf/meta/llama-3.1-8b-instruct"


def test_each_phase_is_a_line_and_the_end_says_what_is_live(
    first: tuple[Ran, dict[str, Any]],
) -> None:
    ran, _ = first
    shown = [line.split()[:2] for line in ran.err.splitlines() if line.startswith("  ")]
    assert shown == [[phase, "ok"] for phase in PHASES]
    assert ran.out.splitlines()[0] == f"{ONE}-staging: succeeded"


def test_json_goes_to_stdout_alone(stage: Stage) -> None:
    ran = stage.deploy(ONE, "production", *API, "--format", "json")
    assert json.loads(ran.out) == last(stage)


def test_a_second_deploy_replaces_the_first(stage: Stage, deployed: str) -> None:
    before = health(stage)["version_id"]
    assert stage.deploy(ONE, "staging", *API).code == 0
    record = last(stage)
    assert record["previous_version_id"] == before
    assert health(stage)["version_id"] == record["version_id"] != deployed


def test_a_deploy_of_what_is_live_uploads_nothing(stage: Stage, deployed: str) -> None:
    assert stage.deploy_changes(ONE, "staging").code == 0
    before, writes = health(stage)["version_id"], stage.writes()
    ran = stage.deploy_changes(ONE, "staging")
    assert ran.code == 0, ran.said
    assert "No changes." in ran.err
    assert stage.writes() == writes
    record = last(stage)
    assert (record["status"], record["version_id"]) == ("unchanged", before)
    assert record["plan"]["changes"] == []


def test_a_dry_run_writes_nothing_anywhere(stage: Stage) -> None:
    records, writes = stage.project.records(), stage.writes()
    ran = stage.deploy(OTHER, "production", "--dry-run")
    assert (ran.code, stage.project.records(), stage.writes()) == (0, records, writes)
    assert "nothing was sent" in ran.out


def test_invalid_files_stop_a_deploy_before_anything_is_sent(stage: Stage) -> None:
    file = stage.project.root / "tenants" / ONE / "tenant.config.json"
    good = file.read_text()
    file.write_text(good.replace('"perMinute": 60', '"perMinute": "many"'))
    try:
        requests = len(stage.edge.requests())
        ran = stage.deploy(ONE, "staging")
    finally:
        file.write_text(good)
    assert ran.code == 4
    assert f"tenants/{ONE}/tenant.config.json:" in ran.said
    assert len(stage.edge.requests()) == requests
    assert (last(stage)["status"], last(stage)["phase"]) == ("failed", "validate")


@pytest.mark.parametrize("value", [token(OTHER), "not-a-token-of-anyone", ""])
def test_a_token_of_another_account_touches_nothing(stage: Stage, value: str) -> None:
    writes = stage.writes()
    ran = stage.deploy(ONE, "staging", **{f"CLOUDFLARE_API_TOKEN_{ONE.upper()}": value})
    assert ran.code == 5
    assert stage.writes() == writes
    assert (last(stage)["status"], last(stage)["phase"]) == ("failed", "credentials")
    assert last(stage)["error"]["code"] == "credentials"


def test_the_plain_token_is_said_aloud(stage: Stage) -> None:
    ran = stage.deploy(
        ONE,
        "staging",
        "--dry-run",
        **{f"CLOUDFLARE_API_TOKEN_{ONE.upper()}": "", "CLOUDFLARE_API_TOKEN": token(ONE)},
    )
    assert ran.code == 0
    assert "CLOUDFLARE_API_TOKEN in the environment names no tenant" in ran.err


def test_a_cached_login_and_stray_env_files_are_never_used(stage: Stage) -> None:
    project = stage.project
    cached = project.home / ".config" / ".wrangler" / "config" / "default.toml"
    cached.parent.mkdir(parents=True)
    cached.write_text('oauth_token = "stray-login"\nexpiration_time = "2099-01-01T00:00:00Z"\n')
    stray = project.root / ".env"
    stray.write_text("CLOUDFLARE_API_TOKEN=stray-file\nCLOUDFLARE_ENV=production\n")
    tenants = project.root / "tenants" / ONE / ".env"
    tenants.write_text("CLOUDFLARE_ACCOUNT_ID=ffffffffffffffffffffffffffffffff\n")
    try:
        ran = stage.deploy(ONE, "staging", CLOUDFLARE_EMAIL="a@example.com", CLOUDFLARE_API_KEY="k")
    finally:
        stray.unlink()
        tenants.unlink()
    assert ran.code == 0, ran.said


THROTTLED = {"kind": "status", "status": 429, "headers": {"Retry-After": "1"}}
BROKEN = {"kind": "status", "status": 500}
DROPPED = {"kind": "drop_before"}
FAULTS = [
    pytest.param("upload", {"path": "*/versions", **BROKEN}, "wrangler", id="wrangler-500"),
    pytest.param("upload", {"path": "*/versions", **THROTTLED}, "api", id="429"),
    pytest.param("upload", {"path": "*/versions", **DROPPED}, "api", id="dropped"),
    pytest.param("canary", {"path": "*/deployments", **BROKEN}, "api", id="traffic"),
    pytest.param("canary", {"path": "*/deployments", **THROTTLED}, "api", id="traffic-429"),
    pytest.param("canary", {"path": "*/deployments", **DROPPED}, "api", id="traffic-dropped"),
]


@pytest.mark.parametrize(("phase", "fault", "engine"), FAULTS)
def test_previous_version_answers_after_a_failure(
    stage: Stage, deployed: str, phase: str, fault: dict[str, Any], engine: str
) -> None:
    """`make soak` has each fault of an upload by wrangler."""
    fails(stage, phase, fault, engine)


def fails(stage: Stage, phase: str, fault: dict[str, Any], engine: str) -> None:
    """Deploy under a fault that lasts; the version before stays live."""
    before = health(stage)["version_id"]
    # Times: more than wrangler's own repeats, and ours.
    with stage.edge.faults({"method": "POST", "times": 9, **fault}):
        ran = stage.deploy(ONE, "staging", "--engine", engine)
    assert ran.code == 6, ran.said
    record = last(stage)
    assert (record["status"], record["phase"]) == ("failed", phase)
    assert record["error"]["code"] == ("wrangler" if engine == "wrangler" else "cloudflare_api")
    assert health(stage)["version_id"] == before


@pytest.mark.parametrize(
    ("path", "kind", "engine"),
    [
        ("*/versions", "drop_after", "wrangler"),
        ("*/versions", "malformed", "api"),
        ("*/deployments", "drop_after", "api"),
        ("*/deployments", "malformed", "api"),
    ],
)
def test_a_lost_answer_is_no_failure(
    stage: Stage, deployed: str, path: str, kind: str, engine: str
) -> None:
    loses_an_answer(stage, path, kind, engine)
    assert last(stage)["version_id"] != deployed


def loses_an_answer(stage: Stage, path: str, kind: str, engine: str) -> None:
    """Deploy although the answer to a request is lost."""
    with stage.edge.faults({"method": "POST", "path": path, "kind": kind, "times": 1}):
        ran = stage.deploy(ONE, "staging", "--engine", engine)
    assert ran.code == 0, ran.said
    assert health(stage)["version_id"] == last(stage)["version_id"]


def test_triggers_that_fail_after_the_switch_take_it_back(stage: Stage, deployed: str) -> None:
    before = health(stage)["version_id"]
    edit(stage, "PUT", "schedules", json=[{"cron": "2 2 * * *"}])
    # Eight: the others are our own repeats. The restore's own write is let through.
    fault = {"method": "PUT", "path": "*/schedules", "kind": "status", "status": 500, "times": 8}
    with stage.edge.faults(fault):
        ran = stage.deploy(ONE, "staging", *API)
    assert ran.code == 6, ran.said
    assert last(stage)["status"] == "restored"
    assert health(stage)["version_id"] == before


def test_triggers_that_fail_once_are_set_again(stage: Stage, deployed: str) -> None:
    edit(stage, "PUT", "schedules", json=[{"cron": "2 2 * * *"}])
    fault = {"method": "PUT", "path": "*/schedules", "kind": "status", "status": 500, "times": 1}
    with stage.edge.faults(fault):
        assert stage.deploy(ONE, "staging", *API).code == 0


THROWS = """
export default { fetch() {} };
export class ChatSession {}
export class RateLimiter {}
throw new Error("boom at start");
"""


def test_a_module_that_throws_at_start_never_goes_live(
    stage: Stage, deployed: str, tmp_path: Path
) -> None:
    before = health(stage)["version_id"]
    bundle = broken_bundle(stage.bundle, tmp_path, THROWS)
    ran = stage.deploy(ONE, "staging", "--bundle", str(bundle))
    assert ran.code == 6
    assert "boom at start" in ran.err
    assert last(stage)["status"] == "failed"
    assert health(stage)["version_id"] == before


UNHEALTHY = """
import * as good from "./good.js";
export const { ChatSession, RateLimiter } = good;
export default { fetch: () => new Response("oh", { status: 500 }), scheduled() {} };
"""


def test_an_unhealthy_version_never_gets_a_visitor(
    stage: Stage, deployed: str, tmp_path: Path
) -> None:
    before = health(stage)["version_id"]
    bundle = broken_bundle(stage.bundle, tmp_path, UNHEALTHY)
    bad = ("--bundle", str(bundle), "--health-timeout", "3")
    ran = stage.deploy(ONE, "staging", *API, *bad)
    assert ran.code == 7, ran.said
    assert f"version {before} is live again" in ran.err
    record = last(stage)
    assert (record["status"], record["previous_version_id"]) == ("restored", before)
    assert "traffic" not in record["seconds"]
    assert record["health"]["status"] == 500
    assert health(stage)["version_id"] == before


def test_an_unhealthy_first_deploy_leaves_no_script(stage: Stage, tmp_path: Path) -> None:
    bundle = broken_bundle(stage.bundle, tmp_path, UNHEALTHY)
    bad = ("--bundle", str(bundle), "--health-timeout", "2")
    ran = stage.deploy(OTHER, "production", *API, *bad)
    assert ran.code == 7, ran.said
    assert "was removed" in ran.err
    assert last(stage)["status"] == "restored"
    found = health(stage, OTHER, "production")
    assert not found["healthy"]
    assert "has no script" in found["reason"]


def test_a_restore_that_is_refused_asks_for_a_person(
    stage: Stage, deployed: str, tmp_path: Path
) -> None:
    bundle = broken_bundle(stage.bundle, tmp_path, UNHEALTHY)
    # The first such write starts the canary, all others are meant to end it.
    fault = {"method": "POST", "path": "*/deployments", "kind": "status", "status": 500}
    with stage.edge.faults({**fault, "nth": 2, "times": 9}):
        bad = ("--bundle", str(bundle), "--health-timeout", "2")
        ran = stage.deploy(ONE, "staging", *API, *bad)
    assert ran.code == 8, ran.said
    assert last(stage)["status"] == "restore_failed"
    again = stage.deploy(ONE, "staging", *API)
    assert again.code == 0, again.said
    assert "a run of edgefleet split the traffic and did not end" in again.err


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interruption_ends_wrangler_and_is_recorded(
    stage: Stage, deployed: str, number: signal.Signals
) -> None:
    before = health(stage)["version_id"]
    stage.edge.fault(method="POST", path="*/versions", kind="latency", seconds=60, times=1)
    asked = len(stage.edge.requests())
    command = stage.project.command("deploy", "--tenant", ONE, "--env", "staging")
    process = subprocess.Popen(
        [*command, "--force", "--bundle", str(stage.bundle)],
        cwd=stage.project.root,
        env=stage.project.environment({}),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        wait_for(lambda: uploading(stage, asked), "wrangler to come to the upload", every=0.3)
        process.send_signal(number)
        out, err = process.communicate(timeout=60)
    finally:
        end_group(process)
        stage.edge.clear_faults()
    assert process.returncode == 130, out + err
    assert last(stage)["status"] == "interrupted"
    assert health(stage)["version_id"] == before
    assert _children_of("wrangler", stage) == []


def uploading(stage: Stage, asked: int) -> bool:
    """Whether an upload was begun after so many requests."""
    return any(
        request["method"] == "POST" and "/versions?" in request["path"]
        for request in stage.edge.requests()[asked:]
    )


def _children_of(name: str, stage: Stage) -> list[str]:
    """Return the processes of that name that hold one of our tokens in their environment."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            command = (process / "cmdline").read_text()
            environ = (process / "environ").read_text()
        except OSError:
            continue
        if name in command and stage.edge.api in environ and int(process.name) != os.getpid():
            found.append(command)
    return found


def test_rendered_configuration_suffices_for_plain_wrangler(stage: Stage, tmp_path: Path) -> None:
    ran = stage.project.run(
        "render", "--tenants", ONE, "--env", "staging", "--bundle", str(stage.bundle)
    )
    assert ran.code == 0, ran.said
    done = subprocess.run(
        [stage.project.root / "node_modules/.bin/wrangler", "deploy", "--config", ran.out.strip()],
        cwd=tmp_path,
        env={
            "PATH": os.environ["PATH"],
            "HOME": str(tmp_path),
            "CI": "true",
            "CLOUDFLARE_API_BASE_URL": stage.edge.api,
            "CLOUDFLARE_API_TOKEN": token(ONE),
            "WRANGLER_SEND_METRICS": "false",
            "WRANGLER_HIDE_BANNER": "true",
        },
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert health(stage)["healthy"]


def test_health_of_all_names_who_was_never_deployed(stage: Stage, deployed: str) -> None:
    assert stage.project.run("health", "--tenants", "all", "--env", "staging").code == 0
    ran = stage.project.run("health", "--tenants", "all", "--env", "production")
    assert ran.code == 0, ran.said
    assert f"{OTHER}-production: not deployed" in ran.out


def test_the_list_of_tenants_shows_the_last_record(stage: Stage, deployed: str) -> None:
    ran = stage.project.run("tenants")
    assert ran.code == 0
    (line,) = [line for line in ran.out.splitlines() if BLUEY in line]
    assert stage.project.wrangler(ONE)["account_id"] in line


def test_uncommitted_changes_do_not_reach_production_by_accident(stage: Stage) -> None:
    note = stage.project.root / "src/worker/note.ts"
    note.write_text("// unfinished\n")
    try:
        refused = stage.deploy_changes(ONE, "production", "--dry-run")
        forced = stage.deploy(ONE, "production", "--dry-run", "--force")
    finally:
        note.unlink()
    assert (refused.code, forced.code) == (2, 0)
    assert "uncommitted changes: src/worker/note.ts" in refused.err


def test_no_token_is_in_anything_that_was_printed_or_written(stage: Stage) -> None:
    """Search the output, the records and every file of the project and its home."""
    project: Any = stage.project
    canaries = [token(tenant) for tenant in TENANTS]
    printed = "".join(project.printed)
    assert len(project.records()) > 10
    assert not [canary for canary in canaries if canary in printed]
    for folder in (project.root, project.home):
        for path in folder.rglob("*"):
            if "node_modules" in path.parts or not path.is_file():
                continue
            content = path.read_bytes()
            assert not [canary for canary in canaries if canary.encode() in content], path
