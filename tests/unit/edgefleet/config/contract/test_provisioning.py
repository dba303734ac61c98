"""The section `provision` of fleet.jsonc: each mistake is named at its place."""

from pathlib import Path
from typing import Any

import pytest

from edgefleet.config.editing.edits import set_value
from edgefleet.config.files.fleet_file import read_fleet
from edgefleet.config.reading.locate import locate
from support.fleet import make_fleet


def findings(folder: Path, section: Any) -> list[str]:
    """Return what is found where the fleet's file has such a section."""
    root = make_fleet(folder)
    file = root / "fleet.jsonc"
    file.write_text(set_value(file.read_text(), ("provision",), section))
    read = read_fleet(root)
    return [f"{one.code}: {one.message}" for one in locate(read.problems, read.texts, str)]


def test_a_section_may_say_all_of_it(tmp_path: Path) -> None:
    section = {
        "vectorize": {"V": {"dimensions": 768}},
        "hyperdrive": {"PG": {"connectionString": "PG_URL"}},
        "aiGateways": ["/settings/aiGatewayId", "/vars/MODEL_ID"],
        "places": {"CACHE": {"jurisdiction": "eu"}, "DB": {"location": "weur"}},
    }
    assert findings(tmp_path, section) == []


@pytest.mark.parametrize(
    ("section", "words"),
    [
        ({"vectorize": {"V": {}}}, "provision.vectorize.V.dimensions is missing"),
        ({"vectorize": {"V": {"dimensions": 0}}}, "must be 1 or more"),
        ({"vectorize": {"V": {"dimensions": 3, "metric": "far"}}}, "'cosine'"),
        ({"hyperdrive": {"PG": {"connectionString": "postgres://u:pw"}}}, "name of a secret"),
        ({"places": {"DB": {}}}, "needs one of jurisdiction and location"),
        (
            {"places": {"DB": {"jurisdiction": "eu", "location": "weur"}}},
            "needs one of jurisdiction and location",
        ),
        ({"aiGateways": ["/settings/gatway"]}, "no settings can have a value at /settings/gatway"),
        ({"aiGateways": ["gateway"]}, "fleet-value"),
        ({"gateways": []}, "provision.gateways is no key that is known here"),
    ],
)
def test_each_mistake_is_named(tmp_path: Path, section: Any, words: str) -> None:
    (found,) = findings(tmp_path, section)
    assert words in found
