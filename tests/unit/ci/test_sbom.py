"""The bill of materials: complete, of locked versions, and the same for the same commit."""

import json
import tomllib

import pytest

from edgefleet.errors import UsageError
from sbom import NPM, bill_of_materials, reachable
from support.project import ROOT

DEPENDS = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["dependencies"]


def test_every_package_that_edgefleet_runs_with_is_in_it() -> None:
    bill = bill_of_materials(ROOT, "0.2.0", "a" * 40, depends=DEPENDS)
    purls = {one["purl"] for one in bill["components"]}
    assert len(purls) == len(bill["components"])
    assert any(one.startswith("pkg:pypi/pydantic-core@") for one in purls)  # not named, but needed
    wrangler = json.loads((ROOT / NPM).read_text())["packages"]["node_modules/wrangler"]
    assert f"pkg:npm/wrangler@{wrangler['version']}" in purls
    assert any(one.startswith("pkg:npm/%40cloudflare/workerd-linux-64@") for one in purls)
    assert not any(one.startswith(("pkg:pypi/hatchling", "pkg:pypi/pytest")) for one in purls)


def test_npms_packages_have_their_digests() -> None:
    bill = bill_of_materials(ROOT, "0.2.0", "a" * 40, depends=DEPENDS)
    npm = [one for one in bill["components"] if one["purl"].startswith("pkg:npm/")]
    assert npm
    for one in npm:
        (digest,) = one["hashes"]
        assert (digest["alg"], len(digest["content"])) == ("SHA-512", 128)


def test_it_names_version_and_commit_and_is_reproducible() -> None:
    bill = bill_of_materials(ROOT, "0.2.0", "a" * 40, depends=DEPENDS)
    assert bill == bill_of_materials(ROOT, "0.2.0", "a" * 40, depends=DEPENDS)
    other = bill_of_materials(ROOT, "0.2.0", "b" * 40, depends=DEPENDS)
    assert bill["serialNumber"] != other["serialNumber"]
    about = bill["metadata"]["component"]
    assert (about["name"], about["version"]) == ("edgefleet", "0.2.0")
    assert {"name": "edgefleet:commit", "value": "a" * 40} in about["properties"]


def test_what_is_not_locked_or_not_installed_is_named() -> None:
    with pytest.raises(UsageError, match=r"requirements\.txt has no .*pytest"):
        bill_of_materials(ROOT, "0.2.0", "a" * 40, depends=["pytest"])
    with pytest.raises(UsageError, match="no-such-package is not installed"):
        reachable(["no-such-package"])
