"""Each kind of binding, from the wrangler file to the upload; half a binding is refused."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edgefleet.cloudflare.worker.binding_types import KINDS, OBJECTS, OWN_SECTIONS, BindingType
from edgefleet.cloudflare.worker.metadata import bindings
from edgefleet.errors import ConfigError
from support.uploads import ELSEWHERE, LOCAL, config

EVERY = {**LOCAL, **ELSEWHERE}

ASSETS = {"assets": {"directory": "public", "binding": "ASSETS"}}
"""It needs files beside it, which the other kinds do not."""

NO_TEXT: tuple[Any, ...] = (None, "", 7, [], {}, ["x"])

ENTRIES = [
    ({"vars": {"A": "1"}}, {"type": "plain_text", "name": "A", "text": "1"}),
    ({"vars": {"A": 1}}, {"type": "json", "name": "A", "json": 1}),
    ({"vars": {"A": None}}, {"type": "json", "name": "A", "json": None}),
    (
        {"kv_namespaces": [{"binding": "A", "id": "1", "preview_id": "2"}]},
        {"type": "kv_namespace", "name": "A", "namespace_id": "1"},
    ),
    (
        {"d1_databases": [{"binding": "A", "database_id": "1", "database_name": "n"}]},
        {"type": "d1", "name": "A", "id": "1"},
    ),
    (
        {"durable_objects": {"bindings": [{"name": "A", "class_name": "C", "script_name": "s"}]}},
        {"type": "durable_object_namespace", "name": "A", "class_name": "C", "script_name": "s"},
    ),
    (
        {"workflows": [{"binding": "A", "name": "w", "class_name": "C", "script_name": "s"}]},
        {
            "type": "workflow",
            "name": "A",
            "workflow_name": "w",
            "class_name": "C",
            "script_name": "s",
        },
    ),
    (
        {"queues": {"producers": [{"binding": "A", "queue": "q", "delivery_delay": 0}]}},
        {"type": "queue", "name": "A", "queue_name": "q"},
    ),
    (
        {"services": [{"binding": "A", "service": "s", "props": {}}]},
        {"type": "service", "name": "A", "service": "s", "props": {}},
    ),
    (
        {"unsafe_hello_world": [{"binding": "A", "enable_timer": False}]},
        {"type": "unsafe_hello_world", "name": "A", "enable_timer": False},
    ),
    (
        {
            "dispatch_namespaces": [
                {
                    "binding": "A",
                    "namespace": "n",
                    "outbound": {"service": "s", "parameters": ["p"]},
                }
            ]
        },
        {
            "type": "dispatch_namespace",
            "name": "A",
            "namespace": "n",
            "outbound": {"worker": {"service": "s"}, "params": [{"name": "p"}]},
        },
    ),
    (ASSETS, {"type": "assets", "name": "ASSETS"}),
    ({"ai": {"binding": "A"}}, {"type": "ai", "name": "A"}),
    (
        {"pipelines": [{"binding": "A", "pipeline": "p", "stream": "s"}]},
        {"type": "pipelines", "name": "A", "stream": "s"},
    ),
    (
        {"unsafe": {"bindings": [{"name": "A", "type": "x", "key": {"k": 1}, "dev": {}}]}},
        {"type": "x", "name": "A", "key": {"k": 1}},
    ),
]
"""The kinds whose entry is no plain copy; tests/integration compares all with wrangler."""


@pytest.mark.parametrize(("section", "entry"), ENTRIES)
def test_a_binding_is_said_in_the_apis_words(
    section: dict[str, Any], entry: dict[str, Any]
) -> None:
    assert bindings(config(**section)) == [entry]


def test_every_kind_has_an_example_that_is_taken() -> None:
    assert {key.split(".")[0] for key in KINDS} == {*EVERY, "assets"}
    found = {entry["type"] for entry in bindings(config(**EVERY, **ASSETS))}
    assert found == {kind.type for kind in KINDS.values() if kind.type}


def test_assets_without_a_binding_bind_nothing() -> None:
    assert bindings(config(assets={"directory": "public"})) == []


def declared(section: str, value: Any) -> dict[str, Any]:
    outer, _, inner = section.partition(".")
    return config(**{outer: {inner: value} if inner else value})


def needed() -> list[tuple[str, str]]:
    return [(section, key) for section, kind in KINDS.items() for key in (kind.name, *kind.needed)]


def refusal(section: str, key: str, value: Any) -> str:
    """Return what is said of a binding with such a value."""
    kind = KINDS[section]
    half = {**_nearly(kind, None), "script_name": "other", key: value}
    try:
        bindings(declared(section, half if kind.single else [half]))
    except ConfigError as error:
        return error.message if error.hint else f"without a hint: {error.message}"
    return "taken"


@pytest.mark.parametrize(("section", "key"), needed())
def test_incomplete_binding_is_refused_by_place_and_key(section: str, key: str) -> None:
    place = section if KINDS[section].single else f"{section}[0]"
    found = {repr(value): refusal(section, key, value) for value in NO_TEXT}
    assert found == dict.fromkeys(found, f"everything: {place} needs a '{key}'")


def test_what_has_no_id_is_to_be_made_first() -> None:
    with pytest.raises(ConfigError) as caught:
        bindings(config(kv_namespaces=[{"binding": "CACHE"}]))
    assert caught.value.hint.startswith("create the KV namespace at Cloudflare")


@pytest.mark.parametrize(
    ("section", "keys"),
    [("pipelines", "stream' or 'pipeline"), ("vpc_networks", "tunnel_id' or '")],
)
def test_of_two_keys_one_is_needed(section: str, keys: str) -> None:
    with pytest.raises(ConfigError, match=rf"{section}\[0\] needs a '{keys}"):
        bindings(config(**{section: [{"binding": "A"}]}))


@pytest.mark.parametrize("kind", OWN_SECTIONS)
def test_unsafe_binding_of_a_declared_kind_is_refused(kind: str) -> None:
    asked = {"bindings": [{"name": "A", "type": kind, "text": "x"}]}
    with pytest.raises(ConfigError, match=rf"unsafe.bindings\[0\] has the type {kind}"):
        bindings(config(unsafe=asked))


@pytest.mark.parametrize(
    ("outbound", "wrong"),
    [
        ("o", "outbound needs a 'service'"),
        ({"environment": "e"}, "outbound needs a 'service'"),
        ({"service": "s", "parameters": 5}, "parameters must be a list"),
    ],
)
def test_an_outbound_of_another_shape_is_refused(outbound: Any, wrong: str) -> None:
    asked = [{"binding": "A", "namespace": "n", "outbound": outbound}]
    with pytest.raises(ConfigError, match=wrong):
        bindings(config(dispatch_namespaces=asked))


@pytest.mark.parametrize("name", [{"a": "b"}, True])
def test_a_name_is_text(name: Any) -> None:
    with pytest.raises(ConfigError, match="ai needs a 'binding'"):
        bindings(config(ai={"binding": name}))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=4,
)


@given(st.sampled_from(sorted(KINDS)), JSON)
def test_any_section_gives_bindings_or_one_error(section: str, value: Any) -> None:
    for found in (value, [value], _nearly(KINDS[section], value), [_nearly(KINDS[section], value)]):
        error = _refusal(declared(section, found))
        assert error is None or (error.message.startswith("everything: ") and error.hint)


def _refusal(asked: dict[str, Any]) -> ConfigError | None:
    try:
        bindings(asked)
    except ConfigError as error:
        return error
    return None


def _nearly(kind: BindingType, value: Any) -> dict[str, Any]:
    least = {key: {"limit": 1} if key in OBJECTS else "x" for key in (kind.name, *kind.needed)}
    return {**least, **dict.fromkeys(kind.extra, value)}


@pytest.mark.parametrize("section", [one for one in KINDS if one != "assets"])
def test_what_the_api_tells_is_declared_as_the_file_did(section: str) -> None:
    """What wrangler dev alone reads, and names that Cloudflare does not keep, are left out."""
    outer, _, inner = section.partition(".")
    found = EVERY[outer][inner] if inner else EVERY[outer]
    for declared in found if isinstance(found, list) else [found]:
        kind = KINDS[section]
        told = kind.declared_by(kind.entry(declared, section))
        local = {"preview_id", "remote", "database_name"}
        assert told == {key: value for key, value in declared.items() if key not in local}
