"""Names and sizes of what is uploaded.

The limits are those of a paid plan: https://developers.cloudflare.com/workers/platform/limits/.
"""

import re
import zlib
from collections.abc import Sequence

from localedge.model import Module
from localedge.wire.errors import BadBody
from localedge.wire.script_errors import InvalidName, ScriptRejected, ScriptTooLarge

NAME = re.compile(r"[a-z0-9_][a-z0-9_-]*")
LONGEST_NAME = 63
MEGABYTE = 1024 * 1024
LARGEST = 64 * MEGABYTE
"""Bytes of all modules together."""
LARGEST_COMPRESSED = 10 * MEGABYTE
"""Bytes of all modules together, compressed."""
SOURCE_MAP = "application/source-map"


def check_name(name: str) -> None:
    """Refuse a script name that Cloudflare would not take."""
    if not NAME.fullmatch(name) or len(name) > LONGEST_NAME:
        raise InvalidName(
            f'"{name}" is not a valid Worker name: use up to {LONGEST_NAME} lowercase letters, '
            "digits, dashes and underscores, and begin with a letter, a digit or an underscore."
        )


def check_modules(main_module: str, modules: Sequence[Module]) -> None:
    """Refuse an upload without modules, without its main module, or larger than the plan."""
    if not modules:
        raise BadBody("The upload has no modules.")
    names = [module.name for module in modules]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise BadBody(f"The upload has two modules of the name {twice[0]}.")
    if main_module not in names:
        raise ScriptRejected(f'No such module "{main_module}".')
    check_size(modules)


def check_size(modules: Sequence[Module]) -> None:
    """Refuse modules that are larger than the plan; source maps do not count."""
    code = [module.content for module in modules if module.content_type != SOURCE_MAP]
    size = sum(len(content) for content in code)
    if size > LARGEST:
        raise ScriptTooLarge(f"Your Worker exceeded the size limit of {LARGEST // MEGABYTE} MiB.")
    if size <= LARGEST_COMPRESSED:
        return
    if len(zlib.compress(b"".join(code))) > LARGEST_COMPRESSED:
        raise ScriptTooLarge(
            f"Your Worker exceeded the size limit of {LARGEST_COMPRESSED // MEGABYTE} MiB "
            "after compression."
        )
