"""fleet.jsonc: what is read, and what is said where it is missing or wrong."""

from datetime import date
from pathlib import Path

import pytest
from click.testing import CliRunner

from edgefleet.cli.main import edgefleet
from edgefleet.config.files.fleet_file import read_fleet
from edgefleet.config.fleet_config import NO_FLEET, FleetConfig
from edgefleet.config.report import findings_text
from edgefleet.config.target import DEFAULT_ENVIRONMENTS
from edgefleet.config.validate import Validation, validate
from support.file_faults import watched
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
        ('{ "worker": [{}, {}] }', "fleet.jsonc:1:3: fleet-value: worker must be an object"),
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


def test_a_file_that_stays_is_read_once_and_a_changed_one_again(fleet: Path) -> None:
    first = read_fleet(fleet)
    assert read_fleet(fleet) is first
    contract = fleet / "contract" / "contract.jsonc"
    contract.write_text(contract.read_text() + "\n")
    second = read_fleet(fleet)
    assert (second is first, second.config) == (False, first.config)
    contract.unlink()
    assert read_fleet(fleet).config is None


def test_a_file_that_was_missing_is_read_once_it_is_there(fleet: Path) -> None:
    (fleet / "fleet.jsonc").write_text('{ "health": "health.jsonc" }')
    assert read_fleet(fleet).config is None
    (fleet / "health.jsonc").write_text("{}")
    assert read_fleet(fleet).config is not None


def test_a_command_opens_fleet_jsonc_once(fleet: Path) -> None:
    options = ["--root", str(fleet), "--env", "staging", "--tenants", "ring:0"]
    with watched(fleet) as files:
        assert CliRunner().invoke(edgefleet, ["validate", *options]).exit_code == 0
    assert [str(one) for one in files.seen].count("open fleet.jsonc") == 1
