"""Workflows, actions and Dependabot's file are held to their schemas, each to the right one."""

import shutil
from pathlib import Path

import pytest

from check_schemas import ROOT, check, main

WRONG = {
    ".github/workflows/ci.yml": ("timeout-minutes:", "timeout-hours:"),
    ".github/actions/setup/action.yml": ("using: composite", "using: composit"),
    ".github/dependabot.yml": ("interval:", "intervall:"),
}


@pytest.fixture
def copied(tmp_path: Path) -> Path:
    shutil.copytree(ROOT / ".github", tmp_path / ".github")
    return tmp_path


def test_every_file_of_this_repository_passes() -> None:
    assert main() == 0


@pytest.mark.parametrize("name", WRONG)
def test_a_file_that_its_schema_refuses_is_named(
    copied: Path, name: str, capfd: pytest.CaptureFixture[str]
) -> None:
    file, (good, bad) = copied / name, WRONG[name]
    text = file.read_text()
    assert good in text
    file.write_text(text.replace(good, bad, 1))
    assert not check(copied)
    assert str(file) in capfd.readouterr().out


def test_a_folder_without_files_is_refused(tmp_path: Path) -> None:
    assert not check(tmp_path)
