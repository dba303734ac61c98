"""How JSON names a target: the same keys in every command."""

from collections.abc import Mapping

from edgefleet.config.target import Target
from edgefleet.core.model import Json

SCHEMA_VERSION = 1


def entry(target: Target, document: Mapping[str, Json]) -> dict[str, Json]:
    """Return what a command prints of one target, with its names and the version of the form."""
    named = {"schema_version": SCHEMA_VERSION, **target.model_dump(mode="json")}
    return named | {name: value for name, value in document.items() if name not in named}


def unknown(target: Target, error: Mapping[str, Json]) -> dict[str, Json]:
    """Return the entry of a target that edgefleet could not look at."""
    told = {"target": target.model_dump(mode="json"), "state": "unknown", "error": dict(error)}
    return entry(target, told)
