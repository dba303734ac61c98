"""JSON Schemas of a fleet: what is none, and what is said of a value that one refuses."""

import pickle
import socket
from typing import Any

import pytest

from edgefleet.config.contract.json_schema import JsonSchema

MODEL = {"type": "string", "pattern": "^@", "patternErrorMessage": "must be a model's id"}
NUMBER = "must be a whole number, without quotes, or must match the pattern ^[0-9]+$"
SCHEMA = JsonSchema(
    {
        "properties": {
            "model": {"$ref": "#/$defs/model"},
            "models": {
                "type": "array",
                "items": {"$ref": "#/$defs/model"},
                "minItems": 1,
                "uniqueItems": True,
            },
            "size": {"anyOf": [{"type": "integer"}, {"type": "string", "pattern": "^[0-9]+$"}]},
            "bytes": {"anyOf": [{"type": "integer"}, {"type": "null"}], "errorMessage": "must fit"},
            "level": {"enum": ["debug", "info"]},
            "name": {"const": "staging"},
            "count": {"type": "integer", "minimum": 1, "maximum": 9},
            "day": {"format": "date"},
            "gone": False,
            "limits": {"type": "object", "minProperties": 2},
        },
        "required": ["model"],
        "additionalProperties": False,
        "$defs": {"model": MODEL},
    }
)


@pytest.mark.parametrize(
    ("value", "found"),
    [
        ({}, [(("model",), "missing", "is missing")]),
        ({"model": "x"}, [(("model",), "value", "must be a model's id")]),
        ({"models": ["@a", 5]}, [(("models", 1), "value", "must be text in double quotes")]),
        ({"models": []}, [(("models",), "value", "must not be empty")]),
        ({"models": ["@a", "@a"]}, [(("models",), "value", "has an entry that occurs twice")]),
        ({"models": {}}, [(("models",), "value", "must be a list: [ ... ]")]),
        (
            {"size": "x"},
            [(("size",), "value", NUMBER)],
        ),
        ({"bytes": "x"}, [(("bytes",), "value", "must fit")]),
        ({"level": "loud"}, [(("level",), "value", "must be one of debug, info")]),
        ({"name": "production"}, [(("name",), "value", "must be staging")]),
        ({"count": "1"}, [(("count",), "value", "must be a whole number, without quotes")]),
        ({"count": 0}, [(("count",), "value", "must be 1 or more")]),
        ({"count": 10}, [(("count",), "value", "must be 9 or less")]),
        ({"day": "2026-02-30"}, [(("day",), "value", "must be a valid date")]),
        ({"gone": 1}, [(("gone",), "value", "is not allowed here")]),
        ({"limits": {"a": 1}}, [(("limits",), "value", "must have 2 keys or more")]),
        ({"a/b~c": 1}, [(("a/b~c",), "extra_forbidden", "is no key that is known here")]),
    ],
    ids=str,
)
def test_what_is_wrong_is_told_in_words(value: dict[str, Any], found: list[object]) -> None:
    given = {"model": "@a", **value} if value else value
    assert [*SCHEMA.errors(given)] == found


def test_words_never_hold_the_value() -> None:
    secret = "value-in-clear"
    for key in SCHEMA.value["properties"]:
        for value in (secret, [secret, secret], {secret: secret}, {"x": [secret]}):
            words = [words for _, _, words in SCHEMA.errors({"model": "@a", key: value})]
            assert secret not in str(words)


@pytest.mark.parametrize(
    ("schema", "place"),
    [
        ({"type": "strin"}, ("type",)),
        ({"properties": {"a": 5}}, ("properties", "a")),
        ({"properties": {"a": {"minimum": "x"}}}, ("properties", "a", "minimum")),
        ({"pattern": "("}, ("pattern",)),
        ({"required": "a"}, ("required",)),
        ({"enum": 5}, ("enum",)),
        ({"$ref": "#/$defs/none"}, ("$ref",)),
        ({"properties": {"a": {"$ref": "other.json"}}}, ("properties", "a", "$ref")),
        ({"allOf": [{}, {"$ref": "file:///etc/passwd"}]}, ("allOf", 1, "$ref")),
        ({"$ref": "#nowhere"}, ("$ref",)),
        ({"$schema": "https://example.com/draft"}, ("$schema",)),
        ({"$id": "https://example.com/a", "$ref": "b"}, ("$ref",)),
    ],
    ids=str,
)
def test_what_is_no_schema_is_told_with_its_place(
    schema: dict[str, Any], place: tuple[object, ...]
) -> None:
    fault = JsonSchema(schema).fault()
    assert fault
    assert fault[0] == place


def test_a_reference_to_the_network_is_not_fetched() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.1)
        url = f"http://127.0.0.1:{server.getsockname()[1]}/schema.json"
        fault = JsonSchema({"properties": {"a": {"$ref": url}}}).fault()
        assert fault
        assert fault[0] == ("properties", "a", "$ref")
        with pytest.raises(TimeoutError):
            server.accept()


@pytest.mark.parametrize(
    "schema",
    [
        {"$ref": "#"},
        {"$defs": {"a": {"$ref": "#/$defs/b"}, "b": {"$ref": "#/$defs/a"}}, "$ref": "#/$defs/a"},
        {"pattern": "^(a+)+$"},
        {"pattern": r"^(?=(a+)+$)(a+)+\1$"},
    ],
)
def test_a_schema_that_never_ends_ends(schema: dict[str, Any]) -> None:
    found = JsonSchema(schema)
    assert found.fault() is None
    assert len([*found.errors("a" * 40 + "b")]) < 2


def test_the_name_of_the_environment_is_put_in() -> None:
    schema = JsonSchema({"properties": {"NAME": {"const": "$environment"}}})
    assert [*schema.of_environment("staging").errors({"NAME": "staging"})] == []
    assert [*schema.of_environment("production").errors({"NAME": "staging"})]


def test_a_compiled_schema_can_be_sent_to_another_process() -> None:
    assert [*SCHEMA.errors({})]
    assert pickle.loads(pickle.dumps(SCHEMA)) == SCHEMA  # noqa: S301 - our own bytes
