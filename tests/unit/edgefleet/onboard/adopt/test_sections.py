"""Every kind of binding goes from the file to the API's form and comes back."""

from typing import Any

import pytest

from edgefleet.cloudflare.worker.binding_types import KINDS, UNSAFE
from edgefleet.cloudflare.worker.metadata import bindings
from edgefleet.core.foreign.values import at
from edgefleet.onboard.adopt.sections import ASSETS, NO_SECTION, SECTION_OF, declared, form_of
from edgefleet.state.flat_state import SECRET_TYPES, VAR_TYPES
from localedge.state.rules.bindings import BARE, REQUIRED
from support.uploads import ELSEWHERE, LOCAL, VARS, config

SCRIPT = "everything"
ALL: dict[str, Any] = {**LOCAL, **ELSEWHERE, "assets": {"directory": "public", "binding": "FILES"}}
ENTRIES = bindings(config(**ALL))


def entries_of(section: str) -> list[dict[str, Any]]:
    """Return the upload's entries of one section of the file."""
    outer, _, inner = section.partition(".")
    keys = {outer: ALL[outer] if not inner else {inner: at(ALL, outer, inner)}}
    return bindings(config(**keys))


@pytest.mark.parametrize("section", KINDS)
def test_each_kind_comes_back_as_the_file_had_it(section: str) -> None:
    entries = entries_of(section)
    assert entries, f"{section}: add an example to tests/support/uploads.py"
    found = declared(entries, SCRIPT)
    # An unsafe binding of a type that has a section comes back there.
    (back,) = found.sections if section != UNSAFE else ["ratelimits"]
    assert back == (section if section != UNSAFE else "ratelimits")
    for entry in entries:
        declaration = found.sections[back][entry["name"]]
        assert form_of(back, declaration, SCRIPT) == form_of(UNSAFE, entry, SCRIPT)
    assert found.unwritten == ()


def test_each_type_of_the_api_has_a_decision() -> None:
    """A type that localedge knows as Cloudflare's is declared, or refused by its name."""
    decided = {*SECTION_OF, *NO_SECTION, *VAR_TYPES, *SECRET_TYPES}
    assert (set(REQUIRED) | set(BARE)) - decided == set()


def test_vars_keep_their_types_and_secrets_their_names() -> None:
    secrets = [{"type": "secret_text", "name": "KEY"}, {"type": "secret_key", "name": "PAIR"}]
    found = declared([*bindings(config(vars=VARS)), *secrets], SCRIPT)
    assert found.vars == VARS
    assert found.secrets == ("KEY", "PAIR")
    assert found.sections == {}


def test_a_type_that_no_section_has_is_declared_as_unsafe() -> None:
    entry = {"type": "of_next_year", "name": "NEW", "flux": {"a": 1}}
    assert declared([entry], SCRIPT).sections == {UNSAFE: {"NEW": entry}}


def test_what_a_section_cannot_say_is_declared_as_unsafe() -> None:
    entry = {"type": "kv_namespace", "name": "KV", "namespace_id": "1", "of_next_year": True}
    assert declared([entry], SCRIPT).sections == {UNSAFE: {"KV": entry}}


@pytest.mark.parametrize(
    "outbound",
    [{}, "text", {"worker": "o"}, {"worker": {"service": "o", "more": 1}}, {"params": 1}],
)
def test_an_outbound_worker_of_another_form_is_kept_as_it_is(outbound: object) -> None:
    entry = {"type": "dispatch_namespace", "name": "D", "namespace": "n", "outbound": outbound}
    assert declared([entry], SCRIPT).sections == {UNSAFE: {"D": entry}}


def test_a_second_binding_of_a_single_kind_is_declared_as_unsafe() -> None:
    entries = [{"type": "ai", "name": "AI"}, {"type": "ai", "name": "AI_2"}]
    found = declared(entries, SCRIPT).sections
    assert found == {"ai": {"AI": {"binding": "AI"}}, UNSAFE: {"AI_2": entries[1]}}


def test_a_type_without_a_declaration_is_named() -> None:
    found = declared([{"type": "wasm_module", "name": "WASM", "part": "x"}], SCRIPT)
    assert [one.what for one in found.unwritten] == ["bindings.WASM"]
    assert found.sections == {}


def test_the_scripts_own_name_and_production_are_left_out() -> None:
    room = {"type": "durable_object_namespace", "name": "ROOM", "class_name": "Room"}
    service = {"type": "service", "name": "S", "service": "other", "environment": "production"}
    entries = [{**room, "script_name": SCRIPT, "namespace_id": "x"}, service]
    assert declared(entries, SCRIPT).sections == {
        "durable_objects.bindings": {"ROOM": {"name": "ROOM", "class_name": "Room"}},
        "services": {"S": {"binding": "S", "service": "other"}},
    }


def test_assets_are_a_section_of_their_own() -> None:
    assert declared(entries_of(ASSETS), SCRIPT).sections == {
        ASSETS: {"FILES": {"binding": "FILES"}}
    }
