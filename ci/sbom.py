"""The bill of materials of a release: every package that edgefleet runs with, as CycloneDX.

Python's packages are those of requirements.txt without what only installs; npm's are those that
`edgefleet setup` installs. Users of the wheel may get newer ones of Python: these were tested.
https://cyclonedx.org/docs/1.6/json/
"""

import base64
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from importlib.metadata import PackageNotFoundError, requires
from pathlib import Path
from typing import Any
from urllib.parse import quote
from uuid import NAMESPACE_URL, uuid5

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from edgefleet.errors import UsageError

NPM = "src/edgefleet/toolchain/npm/package-lock.json"
PIN = re.compile(r"^([A-Za-z0-9][\w.-]*)==(\S+)", re.MULTILINE)
Component = dict[str, Any]


def bill_of_materials(
    root: Path, version: str, commit: str, *, depends: Sequence[str]
) -> dict[str, Any]:
    """Return the bill of edgefleet at `root`; the same commit gives the same one.

    `depends` are the requirements of edgefleet itself. Raises `UsageError` for one that is not
    locked.
    """
    here = f"pkg:pypi/edgefleet@{version}"
    locked = PIN.findall((root / "requirements.txt").read_text("utf-8"))
    pins: dict[str, str] = {canonicalize_name(name): pin for name, pin in locked}
    npm = json.loads((root / NPM).read_text("utf-8"))["packages"]
    components = [*_python(pins, reachable(depends)), *_npm(npm)]
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": f"urn:uuid:{uuid5(NAMESPACE_URL, f'{here}#{commit}')}",
        "version": 1,
        "metadata": {
            "component": {
                "type": "application",
                "bom-ref": here,
                "name": "edgefleet",
                "version": version,
                "purl": here,
                "properties": [{"name": "edgefleet:commit", "value": commit}],
            }
        },
        "components": sorted(components, key=lambda one: str(one["purl"])),
    }


def reachable(depends: Sequence[str]) -> set[str]:
    """Return the names of what these requirements need, by what is installed here."""
    found: set[str] = set()
    waiting = [Requirement(one) for one in depends]
    while waiting:
        one = waiting.pop()
        name = canonicalize_name(one.name)
        if name in found or (one.marker and not one.marker.evaluate({"extra": ""})):
            continue
        found.add(name)
        try:
            waiting += [Requirement(each) for each in requires(one.name) or ()]
        except PackageNotFoundError as error:
            raise UsageError(f"{one.name} is not installed", hint="make setup") from error
    return found


def _python(pins: Mapping[str, str], names: set[str]) -> Iterator[Component]:
    if missing := sorted(names - pins.keys()):
        raise UsageError(f"requirements.txt has no {', '.join(missing)}", hint="make lock")
    for name in names:
        yield _component(name, pins[name], f"pkg:pypi/{name}@{quote(pins[name])}")


def _npm(packages: Mapping[str, Mapping[str, Any]]) -> Iterator[Component]:
    """Yield each package once, though it may stand in several places of the tree."""
    found: dict[str, Component] = {}
    for place, one in packages.items():
        if place:
            name = place.rpartition("node_modules/")[2]
            purl = f"pkg:npm/{quote(name, safe='/')}@{quote(one['version'])}"
            made = _component(name, one["version"], purl)
            found[purl] = made | _hashes(str(one.get("integrity", "")))
            if one.get("optional"):
                found[purl]["scope"] = "optional"
    yield from found.values()


def _component(name: str, version: str, purl: str) -> Component:
    return {"type": "library", "bom-ref": purl, "name": name, "version": version, "purl": purl}


def _hashes(integrity: str) -> Component:
    """Return npm's digest, which is base64, as CycloneDX has it."""
    kind, _, digest = integrity.partition("-")
    if kind != "sha512":
        return {}
    return {"hashes": [{"alg": "SHA-512", "content": base64.b64decode(digest).hex()}]}
