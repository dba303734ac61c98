"""Random bases and overlays: they resolve as a plain merge does, and each value has its line."""

import json
from collections.abc import Iterator
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from edgefleet.config.environments import NON_INHERITABLE
from edgefleet.config.overlay.layers import Base, Layers
from edgefleet.config.reading.positions import PositionFinder

BASE, OWN = "src/worker/wrangler.jsonc", "tenants/acme/wrangler.jsonc"
NAMES = st.sampled_from(["A", "B", "C"])
NUMBERS = st.integers(0, 10**9)  # so many that no two layers say the same


def section(more: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    """Return some keys of a wrangler file; `more` are values that only an overlay has."""
    value = NUMBERS | more
    entry = st.fixed_dictionaries({"binding": NAMES}, optional={"id": value, "preview_id": value})
    bindings = st.lists(entry, max_size=4)
    return st.fixed_dictionaries(
        {},
        optional={
            "vars": st.dictionaries(NAMES, value, max_size=3) | more,
            "limits": st.dictionaries(st.sampled_from(["cpu_ms", "subrequests"]), value) | more,
            "triggers": st.fixed_dictionaries({"crons": st.lists(NUMBERS, max_size=3)}) | more,
            "kv_namespaces": bindings | more,
            "queues": st.fixed_dictionaries({"producers": bindings}) | more,
            "routes": st.lists(NUMBERS, max_size=3) | more,
        },
    )


NOTHING: st.SearchStrategy[Any] = st.nothing()
WHOLE = st.builds(
    lambda top, own: {"name": "w", "main": "i.ts", "account_id": "a", **top, "env": {"dev": own}},
    section(NOTHING),
    section(NOTHING),
)
OVERLAY = st.builds(
    lambda top, own: {**top, "env": {"dev": own}}, section(st.none()), section(st.none())
)


def reference(below: Any, above: Any, path: tuple[str, ...] = ()) -> Any:
    """Merge in the plainest way: what the rules say, word for word."""
    if path in {("kv_namespaces",), ("queues", "producers")} and isinstance(above, list):
        merged = [dict(entry) for entry in below] if isinstance(below, list) else []
        free = list(merged)
        for entry in above:
            old = next((one for one in free if one["binding"] == entry["binding"]), None)
            new = reference(old or {}, entry)
            if old is None:
                merged.append(new)
            else:
                free = [one for one in free if one is not old]
                merged = [new if one is old else one for one in merged]
        return merged
    if not isinstance(above, dict):
        return above
    merged_object = dict(below) if isinstance(below, dict) else {}
    for key, value in above.items():
        if value is None:
            merged_object.pop(key, None)
        else:
            merged_object[key] = reference(merged_object.get(key), value, (*path, key))
    return merged_object


def leaves(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[tuple[Any, ...], Any]]:
    """Yield every value that is neither object nor list, with its path."""
    pairs = value.items() if isinstance(value, dict) else enumerate(value)
    for key, inner in pairs:
        if isinstance(inner, dict | list):
            yield from leaves(inner, (*path, key))
        else:
            yield (*path, key), inner


def plain(base: Any, overlay: Any) -> Any:
    inherited = {k: v for k, v in base.items() if k not in NON_INHERITABLE and k != "env"}
    resolved = {**inherited, "name": "w-dev", **base["env"]["dev"]}
    top = {key: value for key, value in overlay.items() if key != "env"}
    return reference(reference(resolved, top), overlay["env"]["dev"])


@settings(deadline=None)
@given(WHOLE, OVERLAY)
def test_an_overlay_resolves_as_a_plain_merge(base: Any, overlay: Any) -> None:
    found = Layers.of(OWN, overlay, Base(BASE, "", base), "a").resolve("dev")
    assert found == plain(base, overlay)


@settings(deadline=None)
@given(WHOLE, OVERLAY)
def test_each_value_has_its_file_and_line(base: Any, overlay: Any) -> None:
    files = {BASE: base, OWN: overlay}
    texts = {file: json.dumps(value, indent=1) for file, value in files.items()}
    layers = Layers.of(OWN, overlay, Base(BASE, texts[BASE], base), "a")
    for path, value in leaves(layers.resolve("dev")):
        file, keys = layers.origin("dev", path)
        line, _ = PositionFinder(texts[file]).line_and_column(keys)
        text = texts[file].splitlines()[line - 1].strip().rstrip(",")
        said = text if isinstance(keys[-1], int) else text.partition(": ")[2]
        assert json.loads(said) == ("w" if path == ("name",) else value)
