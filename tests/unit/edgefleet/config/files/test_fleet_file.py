"""fleet.jsonc: what is read, and what is said where it is missing or wrong."""

from datetime import date
from pathlib import Path

import pytest

from edgefleet.config.files.fleet_file import read_fleet
from edgefleet.config.fleet_config import NO_FLEET, FleetConfig
from edgefleet.config.report import findings_text
from edgefleet.config.target import DEFAULT_ENVIRONMENTS
from edgefleet.config.validate import Validation, validate
from support.fleet import make_fleet


@pytest.fixture
def fleet(tmp_path: Path) -> Path:
    return make_fleet(tmp_path)


def validated(fleet: Path) -> Validation:
    return validate(fleet, ("alder",), DEFAULT_ENVIRONMENTS, today=date(2026, 1, 31))


def test_an_empty_object_has_every_default(fleet: Path) -> None:
    (fleet / "fleet.jsonc").write_text("{ /* nothing */ }")
    assert read_fleet(fleet).config == NO_FLEET


def test_a_missing_file_is_told_with_the_smallest_one(fleet: Path) -> None:
    (fleet / "fleet.jsonc").unlink()
    (line,) = findings_text(validated(fleet).findings).splitlines()
    assert line.startswith("fleet.jsonc:1:1: file-missing: ")
    smallest = line.rpartition("the smallest one is ")[2]
    (fleet / "fleet.jsonc").write_text(smallest)
    assert read_fleet(fleet).config == FleetConfig(editor_schema="docs/reference/fleet.schema.json")


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ('{\n  "tenant": {} }', "fleet.jsonc:2:3: fleet-unknown-key: tenant is no key"),
        ('{ "$schema": 5 }', "fleet.jsonc:1:3: fleet-value: $schema must be text"),
        ("[]", "fleet.jsonc:1:1: json-not-object: "),
        ('{ "$schema": "a" "b" }', "fleet.jsonc:1:18: json-syntax: "),
        ("", "fleet.jsonc:1:1: file-empty: "),
    ],
)
def test_a_wrong_file_is_one_finding(fleet: Path, text: str, found: str) -> None:
    (fleet / "fleet.jsonc").write_text(text)
    result = validated(fleet)
    (line,) = findings_text(result.findings).splitlines()
    assert line.startswith(found)
    assert not result.tenants


def test_a_secret_in_a_wrong_place_is_not_repeated(fleet: Path) -> None:
    secret = "sk-" + "proj-" + "Zq8" * 16
    (fleet / "fleet.jsonc").write_text(f'{{ "{secret}": 1 }}')
    assert "Zq8Zq8" not in findings_text(validated(fleet).findings)
