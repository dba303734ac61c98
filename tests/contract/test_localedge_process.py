"""localedge as a program: how it starts, refuses to start, ends, and comes back."""

import json
import signal
import sys
from pathlib import Path

import httpx
import pytest

from support import loopback
from support.control_plane import PLAIN, form
from support.localedge import LocalEdge, run_localedge, start_localedge
from support.wrangler import OLDEST, ROOT

ID = "d" * 32
ACCOUNT = (ID, "acme", "canary-token-7f1d")
FOREIGN = Path(__file__).parents[1] / "fixtures" / "foreign-worker" / "wrangler.jsonc"


def upload(edge: LocalEdge, name: str = "one") -> httpx.Response:
    url = f"{edge.api}/accounts/{ID}/workers/scripts/{name}"
    return loopback.put(url, files=form(PLAIN), headers={"authorization": f"Bearer {ACCOUNT[2]}"})


def scripts(edge: LocalEdge) -> list[str]:
    url = f"{edge.api}/accounts/{ID}/workers/scripts"
    answer = loopback.get(url, headers={"authorization": f"Bearer {ACCOUNT[2]}"})
    return [item["id"] for item in answer.json()["result"]]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it_with_exit_code_0(tmp_path: Path, number: signal.Signals) -> None:
    with start_localedge(tmp_path, [ACCOUNT], runtime="none") as edge:
        edge.process.send_signal(number)
        assert edge.process.wait(60) == 0
        assert "Traceback" not in edge.log.read_text()


def test_api_serves_without_a_runtime(tmp_path: Path) -> None:
    with start_localedge(tmp_path, [ACCOUNT], runtime="none") as edge:
        assert upload(edge).status_code == 200
        answer = edge.get("one.acme")
        assert answer.status_code == 503
        assert "--runtime none" in answer.text


def test_the_state_survives_a_kill(tmp_path: Path) -> None:
    with start_localedge(tmp_path, [ACCOUNT], runtime="none") as edge:
        upload(edge)
        edge.kill()
    with start_localedge(tmp_path, [], runtime="none") as edge:
        assert scripts(edge) == ["one"]


def test_a_dropped_connection_has_no_answer(tmp_path: Path) -> None:
    with start_localedge(tmp_path, [ACCOUNT], runtime="none") as edge:
        for kind in ("drop_before", "drop_after"):
            edge.fault(method="PUT", kind=kind)
            with pytest.raises((httpx.RemoteProtocolError, httpx.ReadError)):
                upload(edge, kind.replace("_", "-"))
        assert scripts(edge) == ["drop-after"]
        assert [item["status"] for item in edge.requests()] == [None, None, 200]
        assert edge.log.read_text().count("\n") == 1


def test_a_folder_or_a_port_in_use_is_refused(tmp_path: Path) -> None:
    with start_localedge(tmp_path, [ACCOUNT], runtime="none") as edge:
        folder = run_localedge("serve", "--state", str(tmp_path), "--port=0", "--runtime=none")
        other = str(tmp_path / "other")
        port = run_localedge("serve", "--state", other, f"--port={edge.port}", "--runtime=none")
    assert (folder.returncode, port.returncode) == (2, 2)
    assert f"{tmp_path} is in use by another localedge" in folder.stderr
    assert f"port {edge.port} cannot be used" in port.stderr


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        pytest.param(["--account", f"{ID}:acme"], "ID:SUBDOMAIN:TOKEN", id="no-token"),
        pytest.param(["--account", "id:acme:canary-1"], "ID:SUBDOMAIN:TOKEN", id="short-id"),
        pytest.param(["--account", f"{ID}:a.b:canary-1"], "ID:SUBDOMAIN:TOKEN", id="two-labels"),
        pytest.param(
            ["--account", f"{ID}:a:canary-1", "--account", f"{ID}:b:canary-1"],
            "two subdomains",
            id="two-subdomains",
        ),
        pytest.param(
            ["--account", f"{ID}:a:canary-1", "--account", f"{'e' * 32}:a:canary-1"],
            "belongs to another account",
            id="one-subdomain-twice",
        ),
        pytest.param(["--provision", "/absent.jsonc"], "/absent.jsonc: cannot be read", id="file"),
        pytest.param(
            ["--account", f"{ID}:a:canary-1", "--provision", str(FOREIGN)],
            "no --account names the account",
            id="account",
        ),
        pytest.param(["--state", "/dev/null/x"], "/dev/null", id="folder"),
        pytest.param(["--port", "99999"], "99999", id="port"),
        pytest.param(["--runtime", "v8"], "v8", id="runtime"),
    ],
)
def test_what_it_cannot_start_with_is_told_in_one_message(
    tmp_path: Path, arguments: list[str], said: str
) -> None:
    usual = ["--state", str(tmp_path), "--port=0", "--runtime=none"]
    ran = run_localedge("serve", *usual, *arguments)
    assert (ran.returncode, ran.stdout) == (2, "")
    assert said in ran.stderr
    assert "Traceback" not in ran.stderr
    assert "canary" not in ran.stderr


def test_help_says_what_it_is_for() -> None:
    ran = run_localedge("--help")
    assert ran.returncode == 0
    assert "Run a local Cloudflare" in ran.stdout
    assert "--provision" in run_localedge("serve", "--help").stdout


def test_the_npm_tree_of_the_working_folder_is_left_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = tmp_path / "project" / "node_modules" / "miniflare"
    package.mkdir(parents=True)
    (package / "package.json").write_text('{"version": "4.0.0", "main": "index.js"}')
    (package / "index.js").write_text("process.exit(3)")
    monkeypatch.chdir(tmp_path / "project")
    monkeypatch.setenv("NODE_COMPILE_CACHE", str(tmp_path / "compiled"))
    with start_localedge(tmp_path / "state", [ACCOUNT]) as edge:
        assert upload(edge).status_code == 200
    assert any((tmp_path / "compiled").iterdir()), "Node keeps Miniflare compiled where one says"


def test_made_up_account_is_printed_with_exports(tmp_path: Path) -> None:
    with start_localedge(tmp_path, [], runtime="none") as edge:
        lines = edge.log.read_text().splitlines()[1:-1]
        exported = dict(line.removeprefix("export ").split("=", 1) for line in lines)
        token = f"Bearer {exported['CLOUDFLARE_API_TOKEN']}"
        path = f"/accounts/{exported['CLOUDFLARE_ACCOUNT_ID']}/workers/subdomain"
        answer = loopback.get(
            exported["CLOUDFLARE_API_BASE_URL"] + path, headers={"authorization": token}
        )
    assert answer.json()["result"] == {"subdomain": "local"}


def test_exec_ends_with_the_commands_exit_code() -> None:
    script = """
import os, sys, urllib.request
account = os.environ["CLOUDFLARE_ACCOUNT_ID"]
url = os.environ["CLOUDFLARE_API_BASE_URL"] + f"/accounts/{account}/workers/scripts"
headers = {"Authorization": "Bearer " + os.environ["CLOUDFLARE_API_TOKEN"]}
print(urllib.request.urlopen(urllib.request.Request(url, headers=headers)).read().decode())
sys.exit(7 if "CLOUDFLARE_API_KEY" not in os.environ else 1)
"""
    ran = run_localedge("exec", "--", sys.executable, "-c", script, CLOUDFLARE_API_KEY="canary-1")
    assert ran.returncode == 7, ran.stderr
    assert json.loads(ran.stdout)["result"] == []


def test_exec_of_what_is_no_command_says_so() -> None:
    ran = run_localedge("exec", "--", "/absent/command")
    assert ran.returncode == 2
    assert "/absent/command cannot be run" in ran.stderr


def test_its_own_miniflare_runs_in_a_project_of_another_wrangler(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(OLDEST)
    with start_localedge(tmp_path / "state", [ACCOUNT]) as edge:
        assert upload(edge).status_code == 200
        commands = [Path(f"/proc/{pid}/cmdline").read_text() for pid in edge.children()]
    assert [command for command in commands if f"{ROOT}/node_modules/miniflare" in command]
    assert not [command for command in commands if str(OLDEST) in command]


def test_a_missing_health_template_is_said(tmp_path: Path) -> None:
    command = (sys.executable, "-c", "print('ran')")
    ran = run_localedge("exec", "--runtime", "none", "--", *command)
    assert (ran.returncode, ran.stdout) == (0, "ran\n")
    assert ran.stderr.startswith("no --health-template: GET /health of a Worker answers with")
    template = tmp_path / "health.json"
    template.write_text('{"version": "{version.id}"}')
    options = ("--runtime", "none", "--health-template", str(template))
    told = run_localedge("exec", *options, "--", *command)
    assert (told.returncode, told.stderr) == (0, "")
