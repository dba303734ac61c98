"""Secrets of a Worker that another repository's workflow hands to an action in one input."""

import json
import os
from pathlib import Path

import pytest

from edgefleet.actions.jobs.handed_secrets import VARIABLE, take_secrets
from edgefleet.errors import UsageError

CANARY = "canary-handed-5b1f0c9ad2e84f67"
FLEET = {
    "health": {"path": "/", "headers": {"X-Key": {"secret": "API_KEY"}}},
    "smoke": {
        "requests": [{"name": "a", "path": "/", "headers": {"X-Other": {"secret": "OTHER"}}}]
    },
}


@pytest.fixture
def fleet(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Make a fleet whose checks name two secrets, in an environment without them."""
    (tmp_path / "tenants").mkdir()
    (tmp_path / "fleet.jsonc").write_text(json.dumps(FLEET))
    for name in ("API_KEY", "OTHER", VARIABLE):
        monkeypatch.setenv(name, "")
        monkeypatch.delenv(name)
    return tmp_path


def test_each_gets_the_variable_of_its_name(fleet: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, json.dumps({"API_KEY": CANARY, "OTHER": ""}))
    take_secrets(fleet)
    assert os.environ["API_KEY"] == CANARY
    assert "OTHER" not in os.environ  # this environment has no such secret
    assert VARIABLE not in os.environ
    take_secrets(fleet)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (json.dumps({"PATH": CANARY}), "worker_secrets has PATH, which no health check"),
        (json.dumps([CANARY]), "is not a JSON object of texts"),
        (CANARY, "is not a JSON object of texts"),
    ],
)
def test_what_the_fleet_does_not_name_is_refused(
    fleet: Path, monkeypatch: pytest.MonkeyPatch, given: str, words: str
) -> None:
    before = os.environ["PATH"]
    monkeypatch.setenv(VARIABLE, given)
    with pytest.raises(UsageError) as refused:
        take_secrets(fleet)
    assert words in refused.value.message
    assert CANARY not in f"{refused.value.message}{refused.value.hint}"
    assert os.environ["PATH"] == before
