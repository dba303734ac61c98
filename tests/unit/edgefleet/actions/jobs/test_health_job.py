"""The health of Workers on the page of a run."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

import check_health
from edgefleet.actions.jobs import health_job
from edgefleet.config.health.proof import ProofLevel
from edgefleet.config.target import STAGING, Target
from edgefleet.health.models import SmokeResult
from edgefleet.health.report import HealthResult, health_json
from edgefleet.records.models import Health
from support.fleet import make_fleet

HEALTHY = Health(
    url="https://w.example",
    healthy=True,
    attempts=1,
    seconds=0.5,
    proof=ProofLevel.TENANT,
    version_id="0123456789",
)
DOWN = Health(url="https://w.example", healthy=False, attempts=9, seconds=10, reason="HTTP 503")


@pytest.fixture(autouse=True)
def summary(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Stand in a step of GitHub Actions; return the file of its summary."""
    file = tmp_path / "summary.md"
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(file))
    monkeypatch.chdir(make_fleet(tmp_path))
    return file


def found(code: int, *results: HealthResult) -> Callable[..., tuple[int, str]]:
    """Return what stands for `edgefleet health` that found this."""
    return lambda *_: (code, json.dumps(health_json(results)) if results else "")


def target(name: str) -> Target:
    return Target(tenant=name, environment=STAGING)


def test_every_target_has_a_row(summary: Path) -> None:
    results = [HealthResult(target("alder"), HEALTHY), HealthResult(target("birch"), HEALTHY)]
    assert health_job.check([], found(0, *results)) == 0
    text = summary.read_text()
    address = "[https:/\\/w.example](https://w.example)"
    assert f"| alder-staging | healthy | 01234567 | tenant | 0.50 | {address} |" in text
    assert "| birch-staging | healthy |" in text


def test_what_is_unhealthy_says_why_and_fails(
    summary: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    smoke = SmokeResult(passed=False, seconds=1, reason="no stream")
    results = [HealthResult(target("alder"), DOWN), HealthResult(target("birch"), HEALTHY, smoke)]
    assert health_job.check([], found(7, *results)) == 7
    text = summary.read_text()
    assert "unhealthy: HTTP 503" in text
    assert "smoke test failed: no stream" in text
    assert "::error title=health::exit 7" in capsys.readouterr().out


def test_what_was_never_deployed_is_no_alarm(summary: Path) -> None:
    absent = DOWN.model_copy(update={"deployed": False})
    assert health_job.check([], found(0, HealthResult(target("alder"), absent))) == 0
    assert "| alder-staging | not deployed |" in summary.read_text()


def test_a_look_that_failed_is_unknown_and_not_healthy(summary: Path) -> None:
    assert health_job.check([], found(5)) == 5
    assert summary.read_text() == "### Health: unknown\n"


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["--tenants", "absent", "--env", "staging"], 2),
        (["--tenants", "alder", "--env", "dev"], 2),
        (["--tenants", "alder", "--env", "staging", "--timeout", "soon"], 2),
        (["--tenants", "alder", "--env", "staging"], 5),
    ],
)
def test_it_ends_as_the_command_does(
    arguments: list[str], code: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("CLOUDFLARE_API_TOKEN", raising=False)
    assert check_health.main(arguments) == code
