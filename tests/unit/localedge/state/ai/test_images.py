import struct
import zlib
from typing import Any

import pytest

from localedge.state.ai.images import IMAGE_MODELS, image
from localedge.wire.ai_errors import AiBadInput

MODEL = min(IMAGE_MODELS)


def chunks(png: bytes) -> dict[bytes, bytes]:
    """Return the chunks of a PNG by kind; their checksums must be right."""
    assert png[:8] == b"\x89PNG\r\n\x1a\n"
    found, rest = {}, png[8:]
    while rest:
        (length,) = struct.unpack(">I", rest[:4])
        kind, data = rest[4:8], rest[8 : 8 + length]
        assert struct.unpack(">I", rest[8 + length : 12 + length]) == (zlib.crc32(kind + data),)
        found[kind], rest = data, rest[12 + length :]
    return found


def test_image_has_the_requested_size_and_says_what_it_is() -> None:
    found = chunks(image(MODEL, {"prompt": "a fox", "width": 256, "height": 512}))
    assert struct.unpack(">II", found[b"IHDR"][:8]) == (256, 512)
    assert len(zlib.decompress(found[b"IDAT"])) == 512 * (1 + 256 * 3)
    assert b"stand-in" in found[b"tEXt"]


def test_the_same_prompt_gives_the_same_image() -> None:
    one, same, other = (
        image(MODEL, {"prompt": prompt, "width": 256}) for prompt in ("a", "a", "b")
    )
    assert one == same
    assert one != other


@pytest.mark.parametrize(
    "inputs",
    [{}, {"prompt": 1}, {"prompt": "a", "width": 1}, {"prompt": "a", "height": "tall"}],
)
def test_inputs_that_the_model_does_not_take(inputs: dict[str, Any]) -> None:
    with pytest.raises(AiBadInput):
        image(MODEL, inputs)
