"""The sections health and smoke of fleet.jsonc: what they say, and what is refused."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from edgefleet.config.files.fleet_file import read_fleet
from edgefleet.config.fleet_config import FleetConfig
from edgefleet.config.health.contract import proof_of
from edgefleet.config.health.proof import ProofLevel, proof_words
from support.contracts import OWN_HEALTH, OWN_SMOKE, health_contract
from support.project import ROOT

PAGE: dict[str, Any] = {"name": "page", "path": "/"}


def problems(tmp_path: Path, **said: Any) -> list[str]:
    """Return what is wrong with a fleet.jsonc of these sections."""
    (tmp_path / "fleet.jsonc").write_text(json.dumps(said))
    return [f"{problem.rule.code}: {problem.message}" for problem in read_fleet(tmp_path).problems]


def test_nothing_said_is_a_page_at_the_root_and_no_smoke_test() -> None:
    fleet = FleetConfig()
    assert fleet.health
    assert (fleet.health.method, fleet.health.path, fleet.health_path) == ("GET", "/", "/")
    assert fleet.health.statuses == range(200, 400)
    assert (fleet.health.proof, fleet.smoke) == (ProofLevel.ANSWERS, None)


def test_null_is_a_worker_without_http() -> None:
    fleet = FleetConfig.model_validate({"health": None})
    assert fleet.health is None
    assert proof_of(fleet.health) is ProofLevel.DEPLOYED


@pytest.mark.parametrize(
    ("said", "proof"),
    [
        ({}, ProofLevel.ANSWERS),
        ({"expect": {"/ok": True}}, ProofLevel.ANSWERS),
        ({"tenant": "/t", "environment": "/e"}, ProofLevel.ANSWERS),
        ({"version": "/v"}, ProofLevel.VERSION),
        ({"version": {"header": "X-Version"}, "tenant": "/t"}, ProofLevel.VERSION),
        ({"version": "/v", "tenant": "/t", "environment": "/e"}, ProofLevel.TENANT),
    ],
)
def test_a_health_check_proves_what_it_points_to(said: Any, proof: ProofLevel) -> None:
    assert health_contract(**said).proof is proof


def test_each_level_says_what_it_does_not_show() -> None:
    assert "does not show whether the Worker answers" in proof_words(ProofLevel.DEPLOYED)
    assert "does not show which version answers" in proof_words(ProofLevel.ANSWERS)
    assert "does not show" not in proof_words(ProofLevel.TENANT)
    assert [one.rank for one in ProofLevel] == [0, 1, 2, 3]


def test_our_worker_proves_all_and_nothing_less_is_accepted() -> None:
    assert OWN_HEALTH.proof is ProofLevel.TENANT
    assert OWN_HEALTH.minimum_proof is ProofLevel.TENANT
    assert [one.method for one in OWN_SMOKE.requests] == ["POST", "POST"]


@pytest.mark.parametrize(
    ("health", "found"),
    [
        (
            {"version": "/v", "minimumProof": "tenant"},
            "'version' at most, and its minimumProof is 'tenant': it says nothing of tenant, envir",
        ),
        ({"minimumProof": "version"}, "it says nothing of version"),
        ({"path": "health"}, "health.path must be a path that begins with /"),
        ({"path": "//evil.example/"}, "health.path must begin with one / only"),
        ({"path": "/\r\nX: y"}, "health.path must be a path"),
        ({"method": "DELETE"}, "health.method must be 'GET', 'HEAD' or 'POST'"),
        ({"status": "200"}, "health.status must be a status, or a list of them"),
        ({"status": []}, "health.status must have 1 entry or more"),
        ({"status": 99}, "health.status must be 200 or more"),
        ({"deadline": "60"}, "health.deadline must be a number, without quotes"),
        ({"version": "data.id"}, "health.version must be a JSON pointer"),
        ({"version": {"haeder": "x"}}, "health.version.header is missing"),
        ({"version": 5}, "health.version must be an object"),
        ({"expect": {"/a": [1]}}, "health.expect./a must be a value, or a matcher"),
        ({"expect": {"/a": {"pattern": "("}}}, "pattern must be a regular expression"),
        ({"headers": {"Host": "x"}}, "must not hold Host: edgefleet sets it itself"),
        (
            {"headers": {"cloudflare-workers-version-overrides": "x"}},
            "must not hold cloudflare-workers-version-overrides",
        ),
        ({"headers": {"X-A": "1", "x-a": "2"}}, "must not name a header twice"),
        ({"headers": {"X-A": "a\r\nb"}}, "must have printable ASCII characters only"),
        ({"headers": {"X-A": {"secret": "value!"}}}, "must be the name of a secret, never its"),
        ({"method": "HEAD", "version": "/v"}, "asks with HEAD, whose answer has no body"),
        ({"show": {"a b": "/x"}}, "health.show.a b"),
    ],
)
def test_a_wrong_health_check_is_refused_in_words(tmp_path: Path, health: Any, found: str) -> None:
    said = problems(tmp_path, health=health)
    assert said
    assert any(found in one for one in said), said


@pytest.mark.parametrize(
    ("smoke", "found"),
    [
        ({}, "smoke must have either requests or a program"),
        ({"requests": [PAGE], "program": {"command": ["x"]}}, "either requests or a program"),
        ({"program": {"command": []}}, "smoke.program.command must have 1 entry or more"),
        ({"program": {"command": ["x"]}, "cleanup": [PAGE]}, "smoke must have no cleanup"),
        ({"requests": [{"name": "page"}]}, "smoke.requests[0].path is missing"),
        ({"requests": [{**PAGE, "body": "x"}]}, "must have no body: its method is GET"),
        (
            {"requests": [{**PAGE, "method": "PUT", "body": "x", "json": 1}]},
            "must have either json or body",
        ),
        (
            {"requests": [{**PAGE, "expect": {"/a": 1}, "events": {"until": {"event": "x"}}}]},
            "must have either events, or expect and bodyPattern",
        ),
    ],
)
def test_a_wrong_smoke_test_is_refused_in_words(tmp_path: Path, smoke: Any, found: str) -> None:
    said = problems(tmp_path, smoke=smoke)
    assert any(found in one for one in said), said


def test_a_value_in_the_place_of_a_secrets_name_is_not_repeated(tmp_path: Path) -> None:
    health = {"headers": {"X-Key": {"secret": "hunter2-hunter2-hunter2"}}}
    assert not any("hunter2" in one for one in problems(tmp_path, health=health))


def test_the_examples_of_the_page_are_valid(tmp_path: Path) -> None:
    page = (ROOT / "docs/health.md").read_text()
    examples = re.findall(r"```jsonc\n(.*?)```", page, re.DOTALL)
    assert len(examples) == 3
    for example in examples:
        (tmp_path / "fleet.jsonc").write_text(example)
        assert read_fleet(tmp_path).problems == ()
