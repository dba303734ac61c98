"""`edgefleet validate` over files that no person would write: it finds, and never falls over."""

import io
import json
from collections.abc import Iterator
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any

import pyjson5
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from edgefleet.cli.main import main
from support.fleet import FIXTURES, make_fleet

FILES = ("tenants/alder/tenant.config.json", "tenants/alder/wrangler.jsonc")
TEXTS = {file: (FIXTURES / "fleet" / file).read_text() for file in FILES}
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=5,
)
QUICKLY = settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture(scope="module")
def fleet(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_fleet(tmp_path_factory.mktemp("anything"))


def assert_findings_stand_in_files(fleet: Path, file: str, contents: bytes) -> None:
    """Validate the fleet with one file changed, and hold what was found against the files."""
    path = fleet / file
    path.write_bytes(contents)
    out, err = io.StringIO(), io.StringIO()
    try:
        with redirect_stdout(out), redirect_stderr(err):
            code = main(["validate", "--root", str(fleet), "--format", "json"])
        assert code in {0, 4}, err.getvalue()
        found = json.loads(out.getvalue())
        assert (code == 0) == found["ok"]
        for finding in found["findings"]:
            lines = (fleet / finding["path"]).read_bytes().decode("utf-8", "replace").split("\n")
            assert 1 <= finding["line"] <= len(lines)
            assert 1 <= finding["column"] <= len(lines[finding["line"] - 1]) + 1
            assert (finding["message"] + finding["action"]).isprintable()
    finally:
        path.write_text(TEXTS[file])


def spots(value: Any) -> Iterator[tuple[Any, Any]]:
    """Yield every container of a document with each of its keys or indexes."""
    if isinstance(value, dict | list):
        for key in list(value) if isinstance(value, dict) else range(len(value)):
            yield value, key
            yield from spots(value[key])


@QUICKLY
@given(file=st.sampled_from(FILES), number=st.integers(min_value=0), value=VALUES)
def test_any_value_may_stand_in_the_place_of_any_other(
    fleet: Path, file: str, number: int, value: Any
) -> None:
    document = pyjson5.decode(TEXTS[file])
    places = list(spots(document))
    container, key = places[number % len(places)]
    container[key] = value
    assert_findings_stand_in_files(fleet, file, json.dumps(document, indent=1).encode())


@QUICKLY
@given(
    file=st.sampled_from(FILES),
    number=st.integers(min_value=0),
    name=st.text(max_size=8) | st.sampled_from(["name", "env", "vars", "account_id", "drift"]),
    value=VALUES,
)
def test_keys_may_be_missing_or_misplaced(
    fleet: Path, file: str, number: int, name: str, value: Any
) -> None:
    document = pyjson5.decode(TEXTS[file])
    places = list(spots(document))
    container, key = places[number % len(places)]
    del container[key]
    if isinstance(container, dict):
        container[name] = value
    assert_findings_stand_in_files(fleet, file, json.dumps(document).encode())


@QUICKLY
@given(
    file=st.sampled_from(FILES),
    start=st.integers(min_value=0),
    length=st.integers(min_value=0, max_value=200),
    junk=st.text(max_size=12) | st.sampled_from(['"', "{", "}", ",", ":", "/*", "//", "'", "\\u"]),
)
@example(file=FILES[1], start=3, length=0, junk="\u2028")
@example(file=FILES[0], start=0, length=5000, junk='{"a": "\\ud800"}')
@example(file=FILES[0], start=0, length=5000, junk='{"__proto__": 1e999, "null": -0}')
def test_text_may_be_cut_out_and_anything_put_in_its_place(
    fleet: Path, file: str, start: int, length: int, junk: str
) -> None:
    text = TEXTS[file]
    start %= len(text)
    changed = text[:start] + junk + text[start + length :]
    assert_findings_stand_in_files(fleet, file, changed.encode("utf-8", "surrogatepass"))


@QUICKLY
@given(file=st.sampled_from(FILES), start=st.integers(min_value=0), junk=st.binary(max_size=12))
def test_any_bytes_may_stand_in_a_file(fleet: Path, file: str, start: int, junk: bytes) -> None:
    contents = TEXTS[file].encode()
    start %= len(contents)
    assert_findings_stand_in_files(fleet, file, contents[:start] + junk + contents[start:])
