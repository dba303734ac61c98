"""The contract of this repository's Worker says what its code says: env.ts and its validators."""

import re
from typing import Any

from support.fleet import WORKER
from support.many import FLEET

CONTRACT = FLEET.contract
SETTINGS: dict[str, Any] = (
    CONTRACT.settings.json_schema.value if CONTRACT.settings.json_schema else {}
)
VARS: dict[str, Any] = CONTRACT.vars.value if CONTRACT.vars else {}
KINDS = {
    "KVNamespace": "kv_namespaces",
    "D1Database": "d1_databases",
    "Vectorize": "vectorize",
    "Models": "ai",
    "DurableObjectNamespace": "durable_objects",
}


def source(file: str) -> str:
    return (WORKER / file).read_text()


def interface(name: str) -> dict[str, str]:
    """Return the fields of an interface of env.ts, each with its type."""
    (body,) = re.findall(rf"interface {name}\b[^{{]*\{{(.*?)\n\}}", source("env.ts"), re.DOTALL)
    return dict(re.findall(r"readonly (\w+)\??: ([^;]+);", body))


def validator(name: str) -> str:
    """Return the entries of an object that tenancy/deployment.ts validates."""
    text = source("tenancy/deployment.ts")
    (body,) = re.findall(rf"const {name} = object\(\{{\n(.*?)\n\}}\);", text, re.DOTALL)
    return str(body)


def test_its_bindings_are_those_of_env() -> None:
    expected = {}
    for name, declared in interface("Env").items():
        kind, argument = re.fullmatch(r"(\w+)(?:<(\w+)>)?", declared).groups()  # type: ignore[union-attr]
        expected[name] = (KINDS[kind], argument)
    expected["VERSION"] = ("version_metadata", None)
    named = CONTRACT.bindings or {}
    assert {name: (one.kind, one.class_name) for name, one in named.items()} == expected


def test_its_vars_are_those_of_env() -> None:
    expected = interface("Vars").keys() - {"VERSION", CONTRACT.settings.var}
    assert VARS["properties"].keys() == expected
    assert VARS["additionalProperties"] is False


def test_its_vars_are_required_where_the_worker_requires_them() -> None:
    required = re.findall(r"^  (\w+): (?!v\.optional)", validator("deployment"), re.MULTILINE)
    assert {*VARS["required"], "VERSION", CONTRACT.settings.var} == {*required}


def test_its_levels_are_those_of_the_log() -> None:
    (levels,) = re.findall(r"levels = \[([^\]]+)\]", source("observe/log.ts"))
    assert VARS["properties"]["LOG_LEVEL"]["enum"] == re.findall(r'"(\w+)"', levels)


def test_its_settings_are_those_that_the_worker_reads() -> None:
    entries = validator("tenantConfig")
    top = re.findall(r"^  (\w+): ", entries, re.MULTILINE)
    assert [*SETTINGS["properties"]] == [name for name in top if name != "tenantId"]
    assert SETTINGS["required"] == [*SETTINGS["properties"]], "the Worker has no defaults"
    for name, inner in re.findall(r"^  (\w+): object\(\{ (.*?) \}\)", entries, re.MULTILINE):
        keys = re.findall(r"(\w+): ", inner)
        assert [*SETTINGS["properties"][name]["properties"]] == keys
        assert SETTINGS["properties"][name]["required"] == keys


def test_its_counts_and_lists_are_those_of_the_worker() -> None:
    entries = validator("tenantConfig")
    for name, kind in re.findall(r"(\w+): (count|listOf|text)\b", entries):
        found = _schema(name)
        if kind == "count":
            assert (found["type"], found["minimum"]) == ("integer", 1), name
        elif kind == "listOf":
            assert found["type"] == "array", name
        elif name != "tenantId":
            assert found["type"] == "string", name


def _schema(name: str) -> dict[str, Any]:
    """Return the schema of a setting, at the top or in an object."""
    parts = [SETTINGS, *SETTINGS["properties"].values()]
    found = [part["properties"][name] for part in parts if name in part.get("properties", {})]
    if not found:
        return {"type": "string"}
    reference = found[0].get("$ref", "").rpartition("/")[2]
    return {**found[0], **SETTINGS["$defs"].get(reference, {})}
