"""The version that a tag gives."""

import importlib.util

import pytest

from support.project import ROOT

SPEC = importlib.util.spec_from_file_location("hatch_build", ROOT / "hatch_build.py")
assert SPEC
assert SPEC.loader
hatch_build = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(hatch_build)


@pytest.mark.parametrize(
    ("described", "version"),
    [
        ("v0.2.0", "0.2.0"),
        ("v10.20.30", "10.20.30"),
        ("v0.2.0rc1", "0.2.0rc1"),
        ("v0.2.0-5-g1a2b3c4", "0.2.1.dev5"),
        ("v0.2.0rc1-5-g1a2b3c4", "0.2.0.dev5"),
        ("", "0.1.0.dev0"),
    ],
)
def test_a_tag_gives_the_version(described: str, version: str) -> None:
    assert hatch_build.version_of(described) == version


@pytest.mark.parametrize("described", ["v1", "v0.2", "0.2.0", "v0.2.0-beta", "v0.2.0; x"])
def test_another_tag_is_refused_by_its_name(described: str) -> None:
    with pytest.raises(SystemExit) as refused:
        hatch_build.version_of(described)
    assert str(refused.value) == f"{described}: a tag of a version is like v0.2.0 or v0.2.0rc1"
