"""review 23: a repository's own programs, and localedge, find no token in their environment."""

import os
from pathlib import Path

import pytest

from edgefleet.core.git import checkout
from edgefleet.rehearse.localedge import embedded_cloudflare
from support.project import make_project

CANARY = "canary-of-the-shell-1f7ab20c"
VARIABLES = (
    *("CLOUDFLARE_API_TOKEN", "CLOUDFLARE_API_TOKEN_ACME", "EDGEFLEET_SMOKE_KEY_ACME"),
    *("GITHUB_TOKEN", "ACTIONS_RUNTIME_TOKEN", "EDGEFLEET_CREDENTIAL_SECRET"),
)


@pytest.fixture(autouse=True)
def shell(monkeypatch: pytest.MonkeyPatch) -> None:
    """Stand in a shell that holds the tokens of everybody."""
    for name in VARIABLES:
        monkeypatch.setenv(name, CANARY)


def test_what_git_runs_for_a_repository_gets_no_token(tmp_path: Path) -> None:
    project, seen = make_project(tmp_path), tmp_path / "seen"
    hook = tmp_path / "hook"
    hook.write_text(f"#!/bin/sh\nenv >> {seen}\nprintf 'x\\0/\\0'\n")
    hook.chmod(0o755)
    with (project.root / ".git" / "config").open("a") as config:
        config.write(f"[core]\n\tfsmonitor = {hook}\n\tfsmonitorHookVersion = 2\n")
    assert checkout(project.root).commit
    assert "PATH=" in seen.read_text()
    assert CANARY not in seen.read_text()


def test_localedge_gets_no_token(tmp_path: Path) -> None:
    with embedded_cloudflare(tmp_path / "edge", [], [], os.environ) as edge:
        environ = Path(f"/proc/{edge.pid}/environ").read_bytes()
    assert b"PATH=" in environ
    assert CANARY.encode() not in environ
