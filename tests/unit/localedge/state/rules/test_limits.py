import random

import pytest

from localedge.model import Module
from localedge.state.rules.limits import LARGEST, LARGEST_COMPRESSED, check_modules, check_name
from localedge.wire.errors import BadBody
from localedge.wire.script_errors import InvalidName, ScriptTooLarge


def module(content: bytes, content_type: str = "application/javascript+module") -> Module:
    return Module("index.js", content_type, content)


@pytest.mark.parametrize("name", ["a", "_a", "0", "azure-ai-worker-staging", "x" * 63])
def test_a_name_is_taken(name: str) -> None:
    check_name(name)


@pytest.mark.parametrize("name", ["", "-a", "A", "a b", "a/b", "é", "x" * 64])
def test_another_name_is_refused(name: str) -> None:
    with pytest.raises(InvalidName):
        check_name(name)


def test_what_compresses_well_may_be_larger() -> None:
    check_modules("index.js", [module(b"x" * (LARGEST_COMPRESSED + 1))])


def test_what_does_not_compress_is_too_large() -> None:
    noise = random.Random(1).randbytes(LARGEST_COMPRESSED + 1)
    with pytest.raises(ScriptTooLarge, match="after compression"):
        check_modules("index.js", [module(noise)])


def test_no_upload_is_larger_than_the_plan() -> None:
    with pytest.raises(ScriptTooLarge):
        check_modules("index.js", [module(bytes(LARGEST + 1))])


def test_source_maps_do_not_count() -> None:
    source_map = Module("index.js.map", "application/source-map", bytes(LARGEST + 1))
    check_modules("index.js", [module(b""), source_map])


def test_an_upload_has_modules_and_each_name_once() -> None:
    with pytest.raises(BadBody):
        check_modules("index.js", [])
    with pytest.raises(BadBody, match=r"index\.js"):
        check_modules("index.js", [module(b""), module(b"")])
