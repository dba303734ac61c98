"""The environments of a fleet: names, order, protection and promotion."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from edgefleet.cli.main import edgefleet
from edgefleet.cli.options.types import named_environment
from edgefleet.config.files.fleet_file import fleet_of, read_fleet
from edgefleet.config.fleet_config import NO_FLEET, FleetConfig
from edgefleet.config.identifiers import identifiers
from edgefleet.config.target import DEV, PRODUCTION, STAGING, Environment
from edgefleet.errors import UsageError
from support.fleet import make_fleet

PREVIEW, LIVE = Environment("preview"), Environment("live")
OWN = FleetConfig.model_validate(
    {"environments": {"preview": {}, "live": {"protected": True, "promotesFrom": "preview"}}}
)


def test_a_fleet_that_names_none_has_staging_and_production() -> None:
    assert NO_FLEET.deployable == (STAGING, PRODUCTION)
    assert [NO_FLEET.is_protected(one) for one in (STAGING, PRODUCTION)] == [False, True]
    assert NO_FLEET.promotes_from(PRODUCTION) == STAGING
    assert NO_FLEET.promotes_from(STAGING) is None


def test_removed_environment_counts_as_protected() -> None:
    assert OWN.is_protected(STAGING)


@pytest.mark.parametrize(
    ("word", "meant"), [("stg", STAGING), ("preview", STAGING), ("PROD", PRODUCTION), ("dev", DEV)]
)
def test_the_default_environments_have_aliases(word: str, meant: Environment) -> None:
    assert named_environment(word, NO_FLEET) == meant


def test_a_name_of_the_fleet_is_no_alias() -> None:
    assert named_environment("preview", OWN) == PREVIEW


@pytest.mark.parametrize("word", ["staging", "prod", "liv", "all", ""])
def test_foreign_environment_is_refused_with_the_fleets(word: str) -> None:
    with pytest.raises(UsageError, match="preview, live"):
        named_environment(word, OWN)


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ('{"dev": {}}', "is this machine's"),
        ('{"all": {}}', "means every environment"),
        ("{}", "must have 1 entry or more"),
        ('{"pre-prod": {}}', "environments"),
        ('{"live": {"promotesFrom": "live"}}', "does not stand before it"),
        ('{"live": {"protected": "yes"}}', "must be true or false"),
        ('{"live": {"protect": true}}', "is no key"),
    ],
)
def test_what_is_no_environment_is_a_finding(tmp_path: Path, written: str, said: str) -> None:
    (tmp_path / "fleet.jsonc").write_text(f'{{ "environments": {written} }}')
    (problem,) = read_fleet(tmp_path).problems
    assert said in problem.message


def test_secrets_and_github_environments_follow_the_fleet() -> None:
    assert set(identifiers("acme", OWN)) >= {
        "CLOUDFLARE_API_TOKEN_ACME_LIVE",
        "acme-preview-readonly",
    }
    assert "acme-staging" not in set(identifiers("acme", OWN))


@pytest.mark.parametrize("options", [["--env", "live", "--root"], ["--root"]])
def test_commands_take_the_environments_of_their_root(tmp_path: Path, options: list[str]) -> None:
    """The order of options does not matter: --env live is read with the fleet at --root."""
    fleet = make_fleet(tmp_path)
    contract = '"contract": "contract/contract.jsonc"'
    (fleet / "fleet.jsonc").write_text(f'{{ "environments": {{ "live": {{}} }}, {contract} }}')
    for file in fleet.glob("tenants/*/wrangler.jsonc"):
        text = file.read_text().replace('"production"', '"live"').replace("production", "live")
        file.write_text(text)
    assert fleet_of(fleet).deployable == (LIVE,)
    ran = CliRunner().invoke(edgefleet, ["validate", *options, str(fleet)])
    assert "2 tenants, 2 targets: no errors, no warnings" in ran.stderr, ran.output
    refused = CliRunner().invoke(edgefleet, ["validate", "--env", "staging", "--root", str(fleet)])
    assert refused.exit_code == 2
    assert "there are live" in refused.stderr


@pytest.mark.parametrize(
    ("health", "said"),
    [
        ("null", "can show 'deployed' at most, which does not show whether the Worker answers"),
        ('{ "path": "/" }', "can show 'answers' at most, which does not show which version"),
    ],
)
def test_too_weak_a_check_is_a_finding(tmp_path: Path, health: str, said: str) -> None:
    root = make_fleet(tmp_path)
    asked = '"environments": {\n"staging": {},\n"live": { "minimumProof": "version" } }'
    (root / "fleet.jsonc").write_text(f'{{ "health": {health}, {asked} }}')
    (problem,) = read_fleet(root).problems
    assert (problem.rule.code, problem.file) == ("proof-too-weak", "fleet.jsonc")
    assert problem.place == ("environments", "live", "minimumProof")
    assert problem.message.startswith("a deploy to live must prove 'version', and the health check")
    assert said in problem.message


def test_a_check_that_can_show_more_is_no_finding(tmp_path: Path) -> None:
    root = make_fleet(tmp_path)
    asked = '"environments": { "staging": { "minimumProof": "answers" }, "live": {} }'
    (root / "fleet.jsonc").write_text(f'{{ "health": {{ "version": "/v" }}, {asked} }}')
    fleet = fleet_of(root)
    assert fleet.minimum_proof(STAGING) == "answers"
    assert fleet.minimum_proof(LIVE) is None
