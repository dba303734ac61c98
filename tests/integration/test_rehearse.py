"""`edgefleet rehearse`: every act proves what it is to prove, and nothing is left running."""

import json
import os
import re
import signal
import stat
import subprocess
from contextlib import suppress
from pathlib import Path

import pytest
import requests

from support.hint_ledger import kept
from support.pasting import paste_in
from support.ports import wait_for
from support.project import Project, make_project

__all__ = ["kept"]


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """Make a project with a real token in its environment, which nothing may use."""
    project = make_project(tmp_path)
    project.environ = {"CLOUDFLARE_API_TOKEN_MRRAINBOWSMOKE": "canary-of-a-real-account"}
    return project


def processes_of(project: Project) -> list[str]:
    """Return the command lines of processes that were started for this project."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            environ = (process / "environ").read_bytes()
            command = (process / "cmdline").read_bytes()
        except OSError:
            continue
        if f"HOME={project.home}\0".encode() in environ + b"\0" and command:
            found.append(command.replace(b"\0", b" ").decode())
    return found


def test_every_act_is_proved_and_keep_leaves_it_up(project: Project) -> None:
    ran = project.run("rehearse", "--keep", "--format", "json")
    named = re.search(r"process (\d+)", ran.err)
    assert named, ran.said
    pid = int(named[1])
    try:
        (file,) = re.findall(r"(?m)^  source (\S+)", ran.err)
        exports = dict(re.findall(r"export (\w+)=(\S+)", (project.root / file).read_text()))
        after = project.run("health", "--tenants", "all", "--env", "staging", **exports)
        assert after.code == 0, after.said
        chats = project.run("health", "--tenants", "all", "--env=production", "--smoke", **exports)
        assert chats.code == 0, chats.said
        known = project.run("history", "--tenants", "all", "--env", "staging", **exports)  # C2
        commit = subprocess.run(
            ["git", "rev-parse", "HEAD"],
            cwd=project.root,
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        assert "unrecorded" not in known.out
        assert known.out.count(commit[:7]) == 9, known.out  # C3: each run is of a commit
        listed = project.run("tenants", **exports)
        assert "never" not in listed.out, listed.out
        again = project.run("rehearse", "--keep")  # C1
        assert again.code == 2
        assert f"an embedded Cloudflare is running: process {pid}" in again.err
        kill = again.err.rpartition("-> ")[2].strip()
        assert f"source {file}" in again.err
        state = project.root / ".edgefleet" / "rehearsal"
        assert [stat.S_IMODE(path.stat().st_mode) for path in (state, project.root / file)] == [
            0o700,
            0o600,
        ]
        secrets = {value for name, value in exports.items() if "TOKEN" in name}
        assert not any(secret in line for secret in secrets for line in processes_of(project))
        url = exports["EDGEFLEET_WORKERS_DEV"].replace("workers.localhost", "127.0.0.1")
        assert paste_in(project.root, kill).returncode == 0
    finally:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGTERM)
    wait_for(lambda: processes_of(project) == [], "the embedded Cloudflare to end")
    with pytest.raises(requests.ConnectionError):
        requests.get(url, timeout=5)

    result = json.loads(ran.out)
    assert [act["title"] for act in result["acts"] if not act["proved"]] == []
    assert len(result["acts"]) == 11
    cells = {(c["target"]["tenant"], c["target"]["environment"]): c for c in result["grid"]}
    assert len(cells) == 4
    assert all(cell["health"]["healthy"] for cell in cells.values())
    assert all(answer["ok"] for answer in result["answers"].values())
    assert project.records() == []
    assert "canary-of-a-real-account" not in ran.said


def test_nothing_is_left_running_where_it_ends(project: Project) -> None:
    """End it in its first act: what it started ends as it does after the last one."""
    command = project.command("rehearse")
    with subprocess.Popen(
        command,
        cwd=project.root,
        env=project.environment({}),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            assert process.stderr
            said = ""
            while "edgefleet deploy" not in said:
                said = process.stderr.readline()
                assert said, "it ended before its first act"
            assert len(processes_of(project)) > 1
            process.send_signal(signal.SIGTERM)
            process.stderr.read()
            assert process.wait(60) == 130
        finally:
            process.kill()
    wait_for(lambda: processes_of(project) == [], "everything to end")
