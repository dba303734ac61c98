"""Where a value stands in a Worker's response, and what it must be there."""

import re
from collections.abc import Callable, Mapping
from typing import Annotated, Any, Final, Literal

from pydantic import AfterValidator, Discriminator, Field, Tag, WithJsonSchema

from edgefleet.core.model import CamelModel, Json

TEXT, OBJECT, LIST = "(text)", "(object)", "(list)"
"""Which form of a value was meant: pydantic puts it into the path of an error."""


def form_of(value: Any) -> str:
    """Return the form of a value that a file may write in several."""
    if isinstance(value, str):
        return TEXT
    if isinstance(value, list | tuple):
        return LIST
    return OBJECT


def _pointer(text: str) -> str:
    if not re.fullmatch(r"(?:/(?:[^~/]|~[01])*)*", text):
        raise ValueError('must be a JSON pointer (RFC 6901), such as "/data/version/id"')
    return text


def _pattern(text: str) -> str:
    try:
        re.compile(text)
    except re.error as error:
        raise ValueError(f"must be a regular expression; it is none: {error}") from error
    return text


def _header_name(text: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}", text):
        raise ValueError("must be the name of a header")
    return text


Pointer = Annotated[str, Field(max_length=200), AfterValidator(_pointer)]
"""A JSON pointer: https://www.rfc-editor.org/rfc/rfc6901"""
Pattern = Annotated[str, Field(max_length=500), AfterValidator(_pattern)]
HeaderName = Annotated[str, AfterValidator(_header_name)]
Number = Annotated[float, Field(strict=True, allow_inf_nan=False)]


class HeaderPlace(CamelModel):
    """A header of the response, which holds a value."""

    header: HeaderName = Field(description="The header's name; case does not matter.")


def either(words: str, form: Callable[[Any], str] = form_of) -> Discriminator:
    """Return what chooses the form of a value; `words` say what it must be."""
    return Discriminator(form, custom_error_type="form", custom_error_message=f"must be {words}")


Place = Annotated[
    Annotated[Pointer, Tag(TEXT)] | Annotated[HeaderPlace, Tag(OBJECT)],
    either('a JSON pointer, or {"header": NAME}'),
]
"""A JSON pointer into the body, or `{"header": NAME}`."""


class Matcher(CamelModel):
    """What a value in a response must be; each rule that is given must hold."""

    equals: Json = Field(default=None, description="The value itself, of any JSON type.")
    pattern: Pattern | None = Field(
        default=None, description="A regular expression that a text must contain."
    )
    type: Literal["string", "number", "boolean", "object", "array", "null"] | None = Field(
        default=None, description="Its JSON type."
    )
    minimum: Number | None = Field(default=None, description="The least that a number may be.")
    message: Annotated[str, Field(min_length=1, max_length=200)] | None = Field(
        default=None, description="What edgefleet says where the value is another one."
    )


def _scalar(value: Json) -> Json:
    if isinstance(value, list):
        raise ValueError('must be a value, or a matcher such as {"equals": [1]}')  # noqa: TRY004
    return value


def _matcher_form(value: Any) -> str:
    return OBJECT if isinstance(value, Mapping | Matcher) else TEXT


Scalar = Annotated[
    Json,
    AfterValidator(_scalar),
    WithJsonSchema({"type": ["string", "number", "boolean", "null"]}),
]
Expected = Annotated[
    Annotated[Scalar, Tag(TEXT)] | Annotated[Matcher, Tag(OBJECT)], Discriminator(_matcher_form)
]
"""What must stand somewhere: a value, or a matcher."""
Expectations = dict[Pointer, Expected]
"""What must stand where in a JSON value, checked in this order."""

ABSENT: Final = object()
"""What `value_at` returns where nothing stands, which is not JSON's null."""


def value_at(document: Json, pointer: str) -> Json:
    """Return the value that a JSON pointer leads to, or `ABSENT`."""
    for part in pointer.split("/")[1:]:
        key = part.replace("~1", "/").replace("~0", "~")
        if isinstance(document, Mapping) and key in document:
            document = document[key]
        elif isinstance(document, list) and re.fullmatch("0|[1-9][0-9]{0,5}", key):
            if int(key) >= len(document):
                return ABSENT
            document = document[int(key)]
        else:
            return ABSENT
    return document
