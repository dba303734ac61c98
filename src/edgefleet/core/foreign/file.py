"""Read files that another run wrote; a wrong one ends with one message."""

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from pydantic import ValidationError

from edgefleet.core.foreign.json import parse_json
from edgefleet.core.foreign.text import foreign_text
from edgefleet.core.regular_files import read_stored
from edgefleet.errors import UsageError

Found = TypeVar("Found")


def read_foreign(path: Path, check: Callable[[object], Found], what: str, hint: str) -> Found:
    """Return what `check` makes of the JSON in a file; `what` is what the file should be.

    Raises `OSError` if it cannot be read, and `UsageError` if it is something else: the message
    names the place, and no value.
    """
    try:
        return check(parse_json(read_stored(path)))
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = foreign_text(".".join(str(part) for part in first["loc"])) or "the whole"
        message = f"{path} is no {what}: {where}: {first['msg']}"
    except ValueError as error:
        message = f"{path} is no {what}: {error}"
    raise UsageError(message, hint=hint)
