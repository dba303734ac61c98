"""Node.js and Miniflare are found, or the message says what to do."""

import json
from pathlib import Path

import pytest

from localedge.runtime.instances import node_discovery
from localedge.runtime.instances.node_discovery import RuntimeUnavailable, find_miniflare, find_node


def install(node_modules: Path, place: str = "miniflare", version: str = "4.1.0") -> Path:
    package = node_modules / place
    package.mkdir(parents=True)
    described = {"version": version, "engines": {"node": ">=20.5.0"}}
    (package / "package.json").write_text(json.dumps(described))
    return package


@pytest.fixture
def miniflare(tmp_path: Path) -> Path:
    return install(tmp_path / "node_modules")


def test_miniflare_of_the_working_folder_is_not_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    install(tmp_path / "node_modules")
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv(node_discovery.VARIABLE, raising=False)

    assert tmp_path not in find_miniflare().parents


@pytest.mark.parametrize("place", ["miniflare", "wrangler/node_modules/miniflare"])
def test_the_variable_names_the_tree(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    package = install(tmp_path / "elsewhere", place)
    monkeypatch.setenv(node_discovery.VARIABLE, str(tmp_path / "elsewhere"))

    assert find_miniflare() == package


def test_a_tree_that_is_named_and_does_not_hold_it_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(RuntimeUnavailable, match="npm install wrangler") as missing:
        find_miniflare(tmp_path)
    assert str(tmp_path) in str(missing.value)


@pytest.mark.parametrize("version", ["3.20250718.3", "6.0.0"])
def test_a_miniflare_whose_options_are_others_is_an_error(tmp_path: Path, version: str) -> None:
    install(tmp_path, version=version)
    with pytest.raises(RuntimeUnavailable, match=version):
        find_miniflare(tmp_path)


def test_without_node_it_is_said_what_to_install(
    tmp_path: Path, miniflare: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr("sys.executable", str(tmp_path / "python"))

    with pytest.raises(RuntimeUnavailable, match=r"no `node` of >=20\.5\.0"):
        find_node(miniflare)


def wrapper(folder: Path, says: str) -> Path:
    """Make a `node` that is a script, as the one of a Python package is."""
    folder.mkdir(exist_ok=True)
    script = folder / "node"
    script.write_text(f"#!/bin/sh\n{says}\n")
    script.chmod(0o755)
    return script


def test_node_script_resolves_to_the_real_program(
    tmp_path: Path, miniflare: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wrapper(tmp_path, '[ "$1" = "-p" ] && echo /opt/real/node 24.19.0')
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")

    assert find_node(miniflare) == Path("/opt/real/node")


def test_an_old_node_gives_way_to_that_of_set_up_or_is_named(
    tmp_path: Path, miniflare: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = wrapper(tmp_path / "old", "echo /opt/old/node 20.4.9")
    monkeypatch.setenv("PATH", f"{old.parent}:/bin")
    monkeypatch.setattr("sys.executable", str(tmp_path / "venv" / "python"))

    with pytest.raises(RuntimeUnavailable, match=rf"{old} is 20\.4\.9.*make setup"):
        find_node(miniflare)
    wrapper(tmp_path / "venv", "echo /opt/own/node 20.10.0")
    assert find_node(miniflare) == Path("/opt/own/node")


def test_a_script_that_starts_no_node_is_named(
    tmp_path: Path, miniflare: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    script = wrapper(tmp_path, "exit 1")
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")

    with pytest.raises(RuntimeUnavailable, match=str(script)):
        find_node(miniflare)
