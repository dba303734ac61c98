"""Each check says what is there and what to do, and shows no secret."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

from edgefleet.onboard.doctor import diagnose
from edgefleet.onboard.models import Check, CheckState
from edgefleet.onboard.report import check_text, outcome

UNREACHABLE = "http://127.0.0.1:9/client/v4"
CANARY = "canary-token-that-no-output-may-hold"


def checks(
    folder: Path, environ: Mapping[str, str] | None = None, url: str = UNREACHABLE
) -> dict[str, Check]:
    """Return the checks of a folder by name."""
    found = diagnose({"PATH": "/usr/bin:/bin", **(environ or {})}, folder, folder, url, "1.2.3")
    return {check.name: check for check in found}


@pytest.fixture
def fleet(tmp_path: Path) -> Path:
    """Make a fleet of one tenant."""
    (tmp_path / "tenants/acme").mkdir(parents=True)
    (tmp_path / "tenants/acme/tenant.config.json").write_text(json.dumps({"tenantId": "acme"}))
    (tmp_path / "fleet.jsonc").write_text("{}")
    return tmp_path


def test_folder_without_a_fleet_is_a_warning(tmp_path: Path) -> None:
    found = checks(tmp_path)
    assert found["fleet"].state is CheckState.WARNING
    assert "tokens" not in found
    assert found["edgefleet"].found.startswith("1.2.3 (checkout ")


def test_missing_fleet_file_is_a_failure(fleet: Path) -> None:
    (fleet / "fleet.jsonc").unlink()
    assert checks(fleet)["fleet"].state is CheckState.FAILED


def test_missing_tokens_are_named(fleet: Path) -> None:
    token = checks(fleet)["tokens"]
    assert token.state is CheckState.WARNING
    assert token.found == "none for acme-staging and 1 more"
    assert token.hint == "set CLOUDFLARE_API_TOKEN_ACME in the environment or in .env.deploy"


def test_tokens_are_named_and_never_shown(fleet: Path) -> None:
    (fleet / ".env.deploy").write_text(f"CLOUDFLARE_API_TOKEN_ACME_STAGING={CANARY}\n")
    found = checks(fleet, {"CLOUDFLARE_API_TOKEN_ACME_PRODUCTION": CANARY})
    assert found["tokens"].state is CheckState.OK
    assert "CLOUDFLARE_API_TOKEN_ACME_STAGING in .env.deploy" in found["tokens"].found
    assert "CLOUDFLARE_API_TOKEN_ACME_PRODUCTION in the env" in found["tokens"].found
    assert CANARY not in "\n".join(map(check_text, found.values()))


def test_credential_command_is_not_run(fleet: Path) -> None:
    found = checks(fleet, {"EDGEFLEET_CREDENTIAL_COMMAND": f"touch {fleet}/ran"})
    assert found["tokens"].state is CheckState.OK
    assert not (fleet / "ran").exists()


def test_unreadable_token_is_a_failure(fleet: Path) -> None:
    found = checks(fleet, {"CLOUDFLARE_API_TOKEN_ACME": "two words"})
    assert found["tokens"].state is CheckState.FAILED


def test_missing_tools_have_the_command_that_installs_them(tmp_path: Path) -> None:
    found = checks(tmp_path, {"EDGEFLEET_NODE_MODULES": str(tmp_path)})
    states = {name: found[name].state for name in ("wrangler", "Workers runtime", "Cloudflare")}
    assert set(states.values()) == {CheckState.FAILED}
    assert found["wrangler"].hint == "make setup"
    assert "checks failed" in outcome(found.values())


@pytest.mark.parametrize(
    ("ahead", "state"), [(0, CheckState.OK), (-300, CheckState.WARNING), (300, CheckState.WARNING)]
)
def test_clock_is_compared_with_cloudflares(tmp_path: Path, ahead: int, state: CheckState) -> None:
    class Late(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response_only(200)
            now = datetime.now(UTC) + timedelta(seconds=ahead)
            self.send_header("Date", f"{now:%a, %d %b %Y %H:%M:%S} GMT")
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None: ...

    with ThreadingHTTPServer(("127.0.0.1", 0), Late) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        found = checks(tmp_path, url=f"http://127.0.0.1:{server.server_port}/client/v4")
        server.shutdown()
    assert found["Cloudflare"].state is CheckState.OK
    assert found["clock"].state is state
