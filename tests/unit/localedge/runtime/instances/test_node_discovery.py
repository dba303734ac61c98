"""Node.js and Miniflare are found, or it is said what to do."""

from pathlib import Path

import pytest

from localedge.runtime.instances import node_discovery as nodejs
from localedge.runtime.instances.node_discovery import RuntimeUnavailable, find_miniflare, find_node


def install(node_modules: Path, place: str) -> Path:
    package = node_modules / place
    package.mkdir(parents=True)
    (package / "package.json").write_text("{}")
    return package


@pytest.mark.parametrize("place", ["miniflare", "wrangler/node_modules/miniflare"])
def test_miniflare_is_found_upward_of_the_working_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    package = install(tmp_path / "node_modules", place)
    inner = tmp_path / "a" / "b"
    inner.mkdir(parents=True)
    monkeypatch.chdir(inner)
    monkeypatch.delenv(nodejs.VARIABLE, raising=False)

    assert find_miniflare() == package


def test_the_variable_names_the_tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = install(tmp_path / "elsewhere", "miniflare")
    monkeypatch.setenv(nodejs.VARIABLE, str(tmp_path / "elsewhere"))

    assert find_miniflare() == package


def test_a_tree_that_is_named_and_does_not_hold_it_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(RuntimeUnavailable, match="npm install wrangler") as missing:
        find_miniflare(tmp_path)
    assert str(tmp_path) in str(missing.value)


def test_without_node_it_is_said_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr("sys.executable", str(tmp_path / "python"))

    with pytest.raises(RuntimeUnavailable, match=r"install Node\.js 20"):
        find_node()


def wrapper(folder: Path, says: str) -> Path:
    """Make a `node` that is a script, as the one of a Python package is."""
    script = folder / "node"
    script.write_text(f"#!/bin/sh\n{says}\n")
    script.chmod(0o755)
    return script


def test_a_node_that_is_a_script_leads_to_the_program_that_it_starts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wrapper(tmp_path, '[ "$*" = "-p process.execPath" ] && echo /opt/real/node')
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")

    assert find_node() == Path("/opt/real/node")


def test_a_script_that_starts_no_node_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    script = wrapper(tmp_path, "exit 1")
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")

    with pytest.raises(RuntimeUnavailable, match=str(script)):
        find_node()
