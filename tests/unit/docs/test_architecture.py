"""The architecture page shows the packages as Import Linter's contract has them."""

import re
import tomllib
from itertools import pairwise

from support.project import ROOT

PAGE = (ROOT / "docs/architecture.md").read_text()
PACKAGES = re.findall(r"```mermaid\nflowchart TB\n(.*?)```", PAGE, re.DOTALL)


def layers() -> list[frozenset[str]]:
    """Return the packages of each layer, the uppermost first."""
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]
    (chain,) = (one for one in contracts["contracts"] if one.get("containers") == ["edgefleet"])
    return [frozenset(map(str.strip, layer.split(":"))) for layer in chain["layers"]]


def arrows() -> set[tuple[str, str]]:
    """Return each arrow of the picture, from the package that imports."""
    (picture,) = PACKAGES
    lines = [re.sub(r'\["[^"]*"\]', "", line).strip() for line in picture.splitlines()]
    pairs = [line.split(" --> ") for line in lines if " --> " in line]
    return {
        (upper, lower)
        for uppers, lowers in pairs
        for upper in uppers.split(" & ")
        for lower in lowers.split(" & ")
    }


def test_the_picture_has_an_arrow_from_each_layer_to_the_next() -> None:
    chain = layers()
    expected = {
        (upper, lower) for above, below in pairwise(chain) for upper in above for lower in below
    }
    assert arrows() == expected


def test_the_picture_describes_each_package_once() -> None:
    (picture,) = PACKAGES
    described = re.findall(r'(\w+)\["(\w+): [^"]+"\]', picture)
    assert all(node == name for node, name in described)
    assert sorted(node for node, _ in described) == sorted(set().union(*layers()))


def test_paths_that_the_page_names_exist() -> None:
    sources = ROOT / "src/edgefleet"
    named = re.findall(r"`([a-z_]+(?:/[a-z_]+)*(?:/|\.py))`", PAGE)
    missing = [
        name
        for name in named
        if "/" in name and not (ROOT / name).exists() and not (sources / name).exists()
    ]
    assert missing == []
