"""Files are written whole, appended to, or kept."""

from pathlib import Path

import pytest

from edgefleet.errors import UsageError
from edgefleet.onboard.project.models import FileState
from edgefleet.onboard.project.project_files import (
    compared,
    with_line,
    write_files,
)


def test_file_that_is_there_is_kept(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("mine")
    files = compared(tmp_path, {"a": "yours", "b/c": "new"})
    assert [file.state for file in files] == [FileState.KEPT, FileState.NEW]
    write_files(tmp_path, files)
    assert (tmp_path / "a").read_text() == "mine"
    assert (tmp_path / "b/c").read_text() == "new"


@pytest.mark.parametrize("link", [False, True])
def test_file_below_no_folder_is_refused(tmp_path: Path, link: bool) -> None:
    if link:
        (tmp_path / "b").symlink_to(tmp_path)
    else:
        (tmp_path / "b").write_text("a file")
    with pytest.raises(UsageError, match="b is no folder"):
        compared(tmp_path, {"b/c": "new"})


def test_file_keeps_its_mode(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("one\n")
    (tmp_path / "a").chmod(0o600)
    write_files(tmp_path, [with_line(tmp_path, "a", "two")])
    assert (tmp_path / "a").read_text() == "one\ntwo\n"
    assert (tmp_path / "a").stat().st_mode & 0o777 == 0o600
    assert with_line(tmp_path, "a", "two").state is FileState.KEPT


def test_file_that_changed_meanwhile_is_not_overwritten(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("one\n")
    file = with_line(tmp_path, "a", "two")
    (tmp_path / "a").write_text("three\n")
    with pytest.raises(UsageError, match="changed meanwhile"):
        write_files(tmp_path, [file])
    assert (tmp_path / "a").read_text() == "three\n"
