"""The owner's program as the smoke test: what it gets, and what edgefleet prints at its end."""

import json
import sys
from pathlib import Path

import pytest

from edgefleet.config.health.smoke import SmokeProgram
from edgefleet.config.target import STAGING, Target
from edgefleet.core.secret import Secret
from edgefleet.health.probe import VersionOverride
from edgefleet.health.smoke_program import program_fault

TARGET = Target(tenant="acme", environment=STAGING)
PIN = VersionOverride(script="w-staging", version_id="v2")
ENVIRON = {"PATH": "/usr/bin:/bin", "CLOUDFLARE_API_TOKEN_ACME": "a-token", "HOME": "/nowhere"}


def ended(root: Path, *command: str, timeout: float = 60, secret: str = "") -> str:
    program = SmokeProgram.model_validate({"command": list(command), "timeout": timeout})
    secrets = {"API_KEY": Secret(secret)} if secret else {}
    return program_fault(
        program, "https://w.example", TARGET, PIN, secrets, root=root, environ=ENVIRON
    )


def script(root: Path, text: str) -> tuple[str, str]:
    (root / "smoke.py").write_text(text)
    return sys.executable, "smoke.py"


def test_a_program_that_ends_well_passes_and_gets_what_it_needs(tmp_path: Path) -> None:
    code = "import json, os; json.dump(dict(os.environ), open('seen.json', 'w'))"
    assert ended(tmp_path, *script(tmp_path, code), secret="its-key") == ""
    seen = json.loads((tmp_path / "seen.json").read_text())
    assert {name: value for name, value in seen.items() if "EDGEFLEET" in name} == {
        "EDGEFLEET_URL": "https://w.example",
        "EDGEFLEET_TENANT": "acme",
        "EDGEFLEET_ENVIRONMENT": "staging",
        "EDGEFLEET_VERSION_ID": "v2",
        "EDGEFLEET_VERSION_OVERRIDE": 'w-staging="v2"',
    }
    assert seen["API_KEY"] == "its-key"
    assert "a-token" not in seen.values()


@pytest.mark.parametrize(
    ("code", "fault"),
    [
        ("raise SystemExit(3)", "ended with exit code 3"),
        (
            "import os, sys; print(1); sys.exit('no: ' + os.environ['API_KEY'])",
            "ended with exit code 1: no: [redacted]",
        ),
        ("print('\\x1b[2Jall broken'); raise SystemExit(2)", "exit code 2: \ufffd[2Jall broken"),
        ("import sys; sys.exit('x' * 100_000)", "x" * 100),
    ],
)
def test_failure_shows_the_last_line_without_secrets(tmp_path: Path, code: str, fault: str) -> None:
    found = ended(tmp_path, *script(tmp_path, code), secret="its-secret-key")
    assert fault in found
    assert len(found) < 400
    assert "its-secret-key" not in found


def test_a_program_that_hangs_is_ended(tmp_path: Path) -> None:
    found = ended(tmp_path, *script(tmp_path, "import time; time.sleep(600)"), timeout=1)
    assert "did not end within 1 s" in found


def test_a_program_that_is_not_there_is_a_failure(tmp_path: Path) -> None:
    assert ended(tmp_path, "./no-such-program") == "./no-such-program is not installed"
    (tmp_path / "plain").write_text("no program")
    assert "./plain cannot be started" in ended(tmp_path, "./plain")
