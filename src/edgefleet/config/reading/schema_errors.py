"""Say in words what pydantic found wrong with the shape of a file."""

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from edgefleet.config.reading.rule import KeyPath
from edgefleet.config.shared_keys import PATTERNS

MISSING = "missing"
UNKNOWN = "extra_forbidden"

_WORDS = {
    MISSING: "is missing",
    UNKNOWN: "is no key that is known here",
    "string_type": "must be text in double quotes",
    "bool_type": "must be true or false",
    "int_type": "must be a whole number, without quotes",
    "float_type": "must be a number, without quotes",
    "literal_error": "must be {expected}",
    "enum": "must be {expected}",
    "int_from_float": "must be a whole number",
    "tuple_type": "must be a list: [ ... ]",
    "dict_type": "must be an object: {{ ... }}",
    "model_type": "must be an object: {{ ... }}",
    "date_from_datetime_parsing": "must be a day that exists, YYYY-MM-DD",
    "date_from_datetime_inexact": "must be a day without a time, YYYY-MM-DD",
    "date_parsing": "must be a day that exists, YYYY-MM-DD",
    "datetime_parsing": "must be a time, such as 2026-12-24T18:00:00Z",
    "datetime_from_date_parsing": "must be a time, such as 2026-12-24T18:00:00Z",
    "timezone_aware": "must say its zone: end with Z, or with an offset such as +01:00",
    "greater_than_equal": "must be {ge} or more",
    "less_than_equal": "must be {le} or less",
    "string_too_short": "must not be empty",
    "string_too_long": "must have {max_length} characters or fewer",
    "too_short": "must have {min_length} entry or more",
    "value_error": "{error}",
}


def shape_errors(error: ValidationError) -> list[tuple[KeyPath, str, str]]:
    """Return each error as the path of the key, pydantic's type of error, and words.

    The words never hold the value: what stands in a wrong place may be a secret.
    """
    details = error.errors(include_url=False, include_input=False)
    return [(detail["loc"], detail["type"], _in_words(detail)) for detail in details]


def _in_words(detail: ErrorDetails) -> str:
    context = detail.get("ctx", {})
    if detail["type"] == "string_pattern_mismatch":
        return f"must be {PATTERNS.get(context['pattern'], context['pattern'])}"
    words = _WORDS.get(detail["type"])
    return words.format(**context) if words else detail["msg"]


def dotted(path: KeyPath) -> str:
    """Return a path as people read it: `limits.burst`, `regions[0]`."""
    text = "".join(f"[{key}]" if isinstance(key, int) else f".{key}" for key in path)
    return text.lstrip(".")
