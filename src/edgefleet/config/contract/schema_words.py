"""Say in words what a JSON Schema does not allow, without the value: it may be a secret."""

import json
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from edgefleet.core.model import Json

if TYPE_CHECKING:
    from jsonschema_rs import ValidationError

Path = tuple[str | int, ...]
MISSING, UNKNOWN, VALUE = "missing", "extra_forbidden", "value"
"""What kind of error it is: the first two in pydantic's words."""

Found = tuple[Path, str, str]
"""Where an error is, its kind, and words that complete a sentence whose subject is the key."""

OWN_WORDS = {"pattern": "patternErrorMessage"}
"""The key beside a keyword that has the schema's own words for it, as VS Code reads it, too."""
ANY_ERROR = "errorMessage"

TYPES = {
    "string": "text in double quotes",
    "boolean": "true or false",
    "integer": "a whole number, without quotes",
    "number": "a number, without quotes",
    "array": "a list: [ ... ]",
    "object": "an object: { ... }",
    "null": "null",
}

_WORDS: Mapping[str, Callable[[Any], str]] = {
    "Type": lambda it: f"must be {_either(TYPES[name] for name in it.types)}",
    "Enum": lambda it: f"must be {_among(it.options)}",
    "Constant": lambda it: f"must be {_shown(it.expected_value)}",
    "Pattern": lambda it: f"must match the pattern {it.pattern}",
    "Format": lambda it: f"must be a valid {it.format}",
    "Minimum": lambda it: f"must be {it.limit} or more",
    "Maximum": lambda it: f"must be {it.limit} or less",
    "ExclusiveMinimum": lambda it: f"must be more than {it.limit}",
    "ExclusiveMaximum": lambda it: f"must be less than {it.limit}",
    "MultipleOf": lambda it: f"must be a multiple of {it.multiple_of}",
    "MinLength": lambda it: _no_less(it.limit, "characters"),
    "MaxLength": lambda it: f"must have {it.limit} characters or fewer",
    "MinItems": lambda it: _no_less(it.limit, "entries"),
    "MaxItems": lambda it: f"must have {it.limit} entries or fewer",
    "AdditionalItems": lambda it: f"must have {it.limit} entries or fewer",
    "MinProperties": lambda it: _no_less(it.limit, "keys"),
    "MaxProperties": lambda it: f"must have {it.limit} keys or fewer",
    "UniqueItems": lambda _: "has an entry that occurs twice",
    "FalseSchema": lambda _: "is not allowed here",
    "BacktrackLimitExceeded": lambda _: "takes too long to compare with its pattern",
}


def in_words(error: "ValidationError", schema: Json) -> Iterator[Found]:
    """Yield what one error says, once for each key that it is about."""
    kind, path = error.kind, tuple(error.instance_path)
    name = type(kind).__name__
    own = _own_words(error, schema)
    if name == "Required":
        yield (*path, kind.as_dict()["property"]), MISSING, own or "is missing"
    elif name in {"AdditionalProperties", "UnevaluatedProperties"}:
        for key in kind.as_dict()["unexpected"]:
            yield (*path, key), UNKNOWN, own or "is no key that is known here"
    elif name == "PropertyNames":
        key = kind.as_dict()["error"].instance
        yield (*path, str(key)), UNKNOWN, own or "is a name that is not allowed here"
    else:
        yield path, VALUE, own or _words(error, schema)


def _own_words(error: "ValidationError", schema: Json) -> str:
    """Return the words that the schema itself has for an error."""
    *parents, keyword = error.schema_path or [""]
    for key in parents:
        inside = isinstance(schema, list) and isinstance(key, int) and key < len(schema)
        known = isinstance(schema, Mapping) and key in schema
        schema = schema[key] if inside or known else None
    if not isinstance(schema, Mapping):
        return ""
    words = schema.get(OWN_WORDS.get(str(keyword), ANY_ERROR)) or schema.get(ANY_ERROR)
    return words if isinstance(words, str) else ""


def _words(error: "ValidationError", schema: Json) -> str:
    name = type(error.kind).__name__
    if name in _WORDS:
        return _WORDS[name](error.kind)
    if name in {"AnyOf", "OneOfNotValid"}:
        return _alternatives(error, schema)
    return "is not what its schema allows"


def _alternatives(error: "ValidationError", schema: Json) -> str:
    """Return what each alternative asks for, where each of them has one thing to say."""
    context: list[list[ValidationError]] = error.kind.as_dict()["context"]
    found = [[*in_words(one, schema)] for errors in context for one in errors]
    here = [words for each in found for path, _, words in each if path == (*error.instance_path,)]
    if len(here) == len(context) == len(found) and all(words.startswith("must ") for words in here):
        return ", or ".join(dict.fromkeys(here))
    return "has none of the forms that its schema allows"


def _no_less(limit: int, several: str) -> str:
    return "must not be empty" if limit == 1 else f"must have {limit} {several} or more"


def _among(options: list[Json]) -> str:
    shown = [_shown(option) for option in options]
    return shown[0] if len(shown) == 1 else f"one of {', '.join(shown)}"


def _either(names: Iterator[str]) -> str:
    return " or ".join(names)


def _shown(value: Json) -> str:
    return value if isinstance(value, str) else json.dumps(value)
