"""`node` is the program itself, also where a Python package starts it by a script."""

from pathlib import Path

import pytest

from edgefleet.toolchain.node import path_with_node


def node(folder: Path, text: str) -> Path:
    folder.mkdir()
    script = folder / "node"
    script.write_text(text)
    script.chmod(0o755)
    return script


def test_a_script_gives_way_to_the_program_that_it_starts(tmp_path: Path) -> None:
    script = node(tmp_path / "wheel", "#!/bin/sh\necho /opt/real/bin/node 24.1.0\n")
    found = path_with_node(f"{script.parent}:/usr/bin").split(":")
    assert found[:3] == ["/opt/real/bin", str(script.parent), "/usr/bin"]


def test_a_program_stays_where_it_is(tmp_path: Path) -> None:
    program = node(tmp_path / "own", "\x7fELF")
    assert path_with_node(str(program.parent)).split(":")[0] == str(program.parent)


def test_failing_node_script_stays_and_its_error_shows(tmp_path: Path) -> None:
    script = node(tmp_path / "broken", "#!/bin/sh\nexit 1\n")
    assert path_with_node(str(script.parent)).split(":")[0] == str(script.parent)


def test_node_is_found_beside_this_python(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    script = node(tmp_path / "venv", "#!/bin/sh\necho /opt/real/bin/node 24.1.0\n")
    monkeypatch.setattr("sys.executable", str(script.parent / "python"))
    assert path_with_node(str(tmp_path)).split(":")[0] == "/opt/real/bin"


def test_older_node_gives_way_to_set_ups(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    old = node(tmp_path / "old", "#!/bin/sh\necho /opt/old/bin/node 20.20.2\n")
    own = node(tmp_path / "venv", "#!/bin/sh\necho /opt/real/bin/node 22.12.0\n")
    monkeypatch.setattr("sys.executable", str(own.parent / "python"))
    assert path_with_node(str(old.parent), ">=22.12.0").split(":")[0] == "/opt/real/bin"
    assert path_with_node(str(old.parent), ">=20.0.0").split(":")[0] == "/opt/old/bin"
    assert path_with_node(str(old.parent), ">=24.0.0").split(":")[0] == str(old.parent)
