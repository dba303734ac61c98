"""Locks are held to what they lock, without a registry (F8)."""

import json
from pathlib import Path

import pytest
import yaml

from check_locks import DEV, NODE, ROOT, RUNTIME, Installed, check, main

HASH = f" \\\n    --hash=sha256:{'0' * 64}\n"
PROJECT = """\
[build-system]
requires = ["builder"]
[project]
dependencies = ["web>=2", "tidy[fast]"]
"""
PACKAGES = {
    "builder": Installed("1.0"),
    "editables": Installed("1.0"),
    "web": Installed(
        "2.1", ("sockets>=1", "winsock; sys_platform == 'win32'", "old; extra == 'x'")
    ),
    "sockets": Installed("1.4"),
    "tidy": Installed("3.0", ("quick<2; extra == 'fast'",)),
    "quick": Installed("1.9"),
    "tester": Installed("7.0"),
}
LOCKED = {
    **{name: one.version for name, one in PACKAGES.items() if name != "tester"},
    "winsock": "5.0 ; sys_platform == 'win32'",
}


def lock(folder: Path, name: str, pins: dict[str, str]) -> None:
    lines = [f"{package}=={version}{HASH}" for package, version in pins.items()]
    (folder / f"{name}.txt").write_text("# by uv\n" + "".join(lines))


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Lay out a small project whose locks are current."""
    (tmp_path / "pyproject.toml").write_text(PROJECT)
    (tmp_path / f"{RUNTIME}.in").write_text("# why\nbuilder\neditables\nweb>=2\ntidy[fast]\n")
    (tmp_path / f"{DEV}.in").write_text(f"-r {RUNTIME}.in\ntester\n")
    (tmp_path / f"{NODE}.in").write_text("node==24.0\n")
    lock(tmp_path, RUNTIME, LOCKED)
    lock(tmp_path, DEV, {**LOCKED, "tester": "7.0"})
    lock(tmp_path, NODE, {"node": "24.0", "node-binaries": "24.0"})
    return tmp_path


def found(root: Path) -> list[str]:
    return list(check(root, PACKAGES.get))


def relock(root: Path, **pins: str) -> None:
    lock(root, RUNTIME, {**LOCKED, **pins})
    lock(root, DEV, {**LOCKED, "tester": "7.0", **pins})


def test_this_repositorys_locks_are_current() -> None:
    assert main([]) == 0


def test_current_locks_are_as_their_requirements_ask(root: Path) -> None:
    assert found(root) == []


def test_a_requirement_that_moved_on_is_found(root: Path) -> None:
    for file in ("pyproject.toml", f"{RUNTIME}.in"):
        text = (root / file).read_text()
        (root / file).write_text(text.replace("web>=2", "web>=3"))
    said = "requirements.in asks for web>=3, and web==2.1 is locked: run 'make lock'"
    assert f"requirements.txt: {said}" in found(root)


def test_a_new_requirement_of_the_project_is_found(root: Path) -> None:
    (root / "pyproject.toml").write_text(PROJECT.replace('["web>=2"', '["web>=2", "new"'))
    assert found(root) == ["requirements.in: new is missing, pyproject.toml has it"]


def test_a_requirement_that_the_project_no_longer_has_is_found(root: Path) -> None:
    (root / "pyproject.toml").write_text(PROJECT.replace('"web>=2", ', ""))
    assert found(root) == ["requirements.in: web>=2 is not in pyproject.toml"]


def test_an_entry_that_nothing_asks_for_is_found(root: Path) -> None:
    relock(root, stray="1.0")
    assert "requirements.txt: nothing asks for stray: run 'make lock'" in found(root)


def test_what_a_locked_package_needs_must_fit_too(root: Path) -> None:
    relock(root, quick="2.0")
    assert any(
        "tidy asks for quick<2" in one and "quick==2.0 is locked" in one for one in found(root)
    )


def test_a_package_for_another_system_must_be_locked_too(root: Path) -> None:
    rest = {name: version for name, version in LOCKED.items() if name != "winsock"}
    lock(root, RUNTIME, rest)
    lock(root, DEV, {**rest, "tester": "7.0"})
    assert any(
        "web asks for winsock" in line and "nothing is locked" in line for line in found(root)
    )


def test_both_locks_have_one_version_of_a_package(root: Path) -> None:
    lock(root, DEV, {**LOCKED, "tester": "7.0", "sockets": "1.5"})
    assert any(
        "sockets==1.4 is sockets==1.5 in requirements-dev.txt" in line for line in found(root)
    )


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("--index-url https://registry.example/simple", "names a registry or a file"),
        (f"web @ https://registry.example/web.whl{HASH}", "names a registry or a file"),
        ("web==2.1", "has no hash"),
        (f"web>=2.1{HASH}", "is no exact version"),
    ],
)
def test_a_lock_holds_exact_versions_with_hashes_and_no_registry(
    line: str, said: str, root: Path
) -> None:
    file = root / f"{RUNTIME}.txt"
    rest = file.read_text().replace(f"web==2.1{HASH}", "")
    file.write_text(f"{rest}{line}\n")
    assert any(said in one for one in found(root))


def test_an_environment_of_older_packages_is_named(root: Path) -> None:
    relock(root, sockets="1.5")
    assert any(
        "sockets==1.5 is locked, 1.4 installed: run 'make setup'" in one for one in found(root)
    )


def test_dependabot_knows_the_locks_by_their_names_and_headers() -> None:
    """It takes NAME.txt beside NAME.in, and its options from the header that uv writes."""
    updates = yaml.safe_load((ROOT / ".github/dependabot.yml").read_text())["updates"]
    assert "uv" in {one["package-ecosystem"] for one in updates}
    for name in (RUNTIME, DEV, NODE):
        header = (ROOT / f"{name}.txt").read_text()[:400]
        assert "autogenerated by uv" in header
        assert "--universal --python-version 3.11" in header
        assert f"--output-file {name}.txt {name}.in" in header


def test_set_up_takes_the_node_that_wrangler_wants() -> None:
    package = json.loads((ROOT / "package.json").read_text())
    locked = json.loads((ROOT / "package-lock.json").read_text())["packages"]
    assert package["engines"]["node"] == locked["node_modules/wrangler"]["engines"]["node"]
