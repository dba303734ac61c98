"""Tests keep their files in memory only where there is room."""

from pathlib import Path

import pytest

from support.temporary import NEEDED, folder_in_memory


@pytest.fixture
def meminfo(tmp_path: Path) -> Path:
    file = tmp_path / "meminfo"
    file.write_text(f"MemTotal: 1 kB\nMemAvailable:   {NEEDED // 1024} kB\n")
    return file


def test_files_are_in_memory_where_it_has_room(tmp_path: Path, meminfo: Path) -> None:
    assert folder_in_memory(tmp_path, meminfo, needed=1) == tmp_path


def test_files_are_on_the_disk_where_memory_is_short(tmp_path: Path, meminfo: Path) -> None:
    assert folder_in_memory(tmp_path, meminfo, needed=1 << 60) is None
    meminfo.write_text("MemAvailable: 1000 kB\n")
    assert folder_in_memory(tmp_path, meminfo, needed=1_024_001) is None
    meminfo.write_text("MemFree: 1000 kB\n")
    assert folder_in_memory(tmp_path, meminfo, needed=1) is None


def test_files_are_on_the_disk_of_a_machine_without_it(tmp_path: Path, meminfo: Path) -> None:
    assert folder_in_memory(tmp_path / "absent", meminfo, needed=1) is None
    assert folder_in_memory(tmp_path, tmp_path / "absent", needed=1) is None
