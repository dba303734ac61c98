"""The text of a new fleet.jsonc."""

from typing import Any

import pyjson5
import pytest

from edgefleet.config.fleet_config import FleetConfig
from edgefleet.config.overlay.layers import Base
from edgefleet.errors import ConfigError
from edgefleet.onboard.project.find_build import FoundBuild
from edgefleet.onboard.project.fleet_text import fleet_text, left_out


def written(file: str, *names: str, build: FoundBuild | None = None) -> dict[str, Any]:
    """Return what the fleet.jsonc of a Worker with these environments holds; it is valid."""
    keys: dict[str, Any] = {"env": {name: {} for name in names}} if names else {}
    found: dict[str, Any] = pyjson5.decode(fleet_text(Base(file, "", keys), build or FoundBuild()))
    FleetConfig.model_validate(found)
    return found


def test_defaults_are_left_out() -> None:
    assert [*written("src/worker/wrangler.jsonc", "staging", "production", "dev")] == ["$schema"]
    assert written("wrangler.toml")["worker"] == {"folder": "."}


def test_build_is_part_of_the_worker() -> None:
    section = {"with": "npm", "script": None}
    found = written("apps/a/wrangler.jsonc", build=FoundBuild(section))
    assert found["worker"] == {"folder": "apps/a", "build": section}


@pytest.mark.parametrize(
    ("names", "section"),
    [
        (
            ("prod", "preview"),
            {"preview": {}, "prod": {"protected": True, "promotesFrom": "preview"}},
        ),
        (
            ("qa", "uat", "live"),
            {"qa": {}, "uat": {}, "live": {"protected": True, "promotesFrom": "uat"}},
        ),
        (("production",), {"production": {"protected": True}}),
        (
            ("prod", "stg", "production"),
            {
                "stg": {},
                "prod": {"protected": True, "promotesFrom": "stg"},
                "production": {"protected": True, "promotesFrom": "stg"},
            },
        ),
        (("one", "two"), {"one": {}, "two": {}}),
    ],
)
def test_environments_are_those_of_the_wrangler_file(
    names: tuple[str, ...], section: dict[str, Any]
) -> None:
    assert written("wrangler.jsonc", *names)["environments"] == section


def test_names_that_cannot_be_environments_are_left_out() -> None:
    base = Base("wrangler.jsonc", "", {"env": {"my-stage": {}, "dev": {}, "prod": {}}})
    assert left_out(base) == ("my-stage",)
    assert written("wrangler.jsonc", "my-stage", "dev", "prod")["environments"] == {
        "prod": {"protected": True}
    }


def test_file_without_an_environment_to_deploy_to_is_refused() -> None:
    with pytest.raises(ConfigError, match="its env has dev, my-stage"):
        written("wrangler.jsonc", "dev", "my-stage")
