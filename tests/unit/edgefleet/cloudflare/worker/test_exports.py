"""Declared exports: what an upload says, what lives after it, and what leaves."""

from typing import Any

import pytest

from edgefleet.cloudflare.worker.exports import leaving_text, live_exports
from edgefleet.cloudflare.worker.metadata import bindings, metadata
from edgefleet.errors import ConfigError
from edgefleet.state.diff import changed_exports, choose_strategy, diff, irreversible_effects
from edgefleet.state.flat_state import export_facts
from edgefleet.state.models import DeployStrategy

ROOM = {"type": "durable-object", "storage": "sqlite"}
GONE = {"type": "durable-object", "state": "deleted"}
PAGE = {"type": "worker", "cache": {"enabled": True}}


def resolved(**exports: Any) -> dict[str, Any]:
    return {"name": "mine", "compatibility_date": "2026-01-15", "exports": exports}


@pytest.mark.parametrize("first", [True, False])
def test_every_upload_carries_the_whole_declaration(*, first: bool) -> None:
    said = metadata(resolved(Room=ROOM, Old=GONE), main_module="a.js", first=first)
    assert said["exports"] == {"Room": ROOM, "Old": GONE}


def test_tombstones_are_no_exports_and_created_is_the_default() -> None:
    declared = {"Room": {**ROOM, "state": "created"}, "Old": GONE, "Page": PAGE}
    assert live_exports(declared) == {"Room": ROOM, "Page": PAGE}


@pytest.mark.parametrize(
    ("entry", "words"),
    [
        (GONE, "the objects of Old are deleted"),
        ({**GONE, "state": "renamed", "renamed_to": "New"}, "Old becomes New"),
        (
            {**GONE, "state": "transferred", "transferred_to": "s"},
            "the objects of Old go to the script s",
        ),
        (None, "Old is no longer declared"),
    ],
)
def test_what_becomes_of_a_class_is_said(entry: dict[str, Any] | None, words: str) -> None:
    assert leaving_text({"Old": entry} if entry else None, "Old") == words


@pytest.mark.parametrize(
    ("entry", "what"),
    [
        ({"type": "workflow"}, "a workflow stands in workflows"),
        ({**ROOM, "container": "c"}, "a container"),
    ],
)
def test_what_edgefleet_does_not_deploy_is_refused_by_name(
    entry: dict[str, Any], what: str
) -> None:
    with pytest.raises(ConfigError, match=rf"deploys no exports\.X .*{what}"):
        bindings(resolved(X=entry))


def test_another_declaration_is_live_at_once_and_irreversible() -> None:
    changes = diff(export_facts({"Room": ROOM, "Old": GONE}), export_facts({"Old": ROOM}))
    assert changed_exports(changes) == ("Old", "Room")
    how, why = choose_strategy(changes, exists=True, migrates=False)
    assert how is DeployStrategy.MIGRATION
    assert "the declared exports differ" in why
    assert any("declared exports" in effect for effect in irreversible_effects(how, changes))
