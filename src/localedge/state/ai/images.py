"""The deterministic stand-in for image models: one colour, made of the prompt; the file says so.

https://developers.cloudflare.com/workers-ai/models/stable-diffusion-xl-base-1.0/
"""

import hashlib
import struct
import zlib
from collections.abc import Mapping

from localedge.model import Json
from localedge.state.json_values import well_formed
from localedge.wire.ai_errors import AiBadInput

IMAGE_MODELS = frozenset(
    """
    @cf/bytedance/stable-diffusion-xl-lightning @cf/lykon/dreamshaper-8-lcm
    @cf/stabilityai/stable-diffusion-xl-base-1.0
    """.split()
)
"""Models that answer with the bytes of an image."""
DEFAULT_SIDE = 1024
SHORTEST_SIDE, LONGEST_SIDE = 256, 2048
MEDIA_TYPE = "image/png"

_SIGNATURE = b"\x89PNG\r\n\x1a\n"


def image(model: str, inputs: Mapping[str, Json]) -> bytes:
    """Return a PNG of the size that `width` and `height` ask for."""
    prompt = inputs.get("prompt")
    if not isinstance(prompt, str) or not prompt:
        raise AiBadInput("Error: required properties at '/' are 'prompt'")
    width, height = _side(inputs, "width"), _side(inputs, "height")
    colour = hashlib.sha256(well_formed(prompt).encode()).digest()[:3]
    says = f"Comment\0This is the localedge stand-in for {model}, not a real model."
    row = b"\0" + colour * width
    return b"".join(
        (
            _SIGNATURE,
            _chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)),
            _chunk(b"tEXt", says.encode("latin-1", "replace")),
            _chunk(b"IDAT", zlib.compress(row * height, 1)),
            _chunk(b"IEND", b""),
        )
    )


def _chunk(kind: bytes, data: bytes) -> bytes:
    """Return a chunk of a PNG (https://www.w3.org/TR/png/#5Chunk-layout)."""
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def _side(inputs: Mapping[str, Json], name: str) -> int:
    side = inputs.get(name, DEFAULT_SIDE)
    valid = isinstance(side, int) and not isinstance(side, bool)
    if not valid or not SHORTEST_SIDE <= side <= LONGEST_SIDE:
        raise AiBadInput(
            f"Error: '{name}' must be a number from {SHORTEST_SIDE} to {LONGEST_SIDE}, got {side!r}"
        )
    return int(side)
