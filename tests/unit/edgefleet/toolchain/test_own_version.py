"""What `edgefleet --version` says, without starting a process."""

from importlib.metadata import version
from pathlib import Path

import pytest

from edgefleet.toolchain.own_version import described, source_commit

COMMIT = "1a2b3c4d" * 5
PLAIN = f"edgefleet {version('edgefleet')}"


def package(folder: Path, first: str) -> Path:
    """Make a package whose source.txt begins with this."""
    made = folder / "src/edgefleet"
    made.mkdir(parents=True)
    (made / "source.txt").write_text(f"{first}\n$Format:%(describe)$\n")
    return made


@pytest.mark.parametrize(
    ("first", "said"),
    [
        (COMMIT, f"{PLAIN} (commit 1a2b3c4)"),
        (f"{COMMIT}-dirty", f"{PLAIN} (commit 1a2b3c4, with changes)"),
        ("", PLAIN),
        ("$Format:%H$", PLAIN),
    ],
)
def test_it_says_the_commit_that_it_holds(tmp_path: Path, first: str, said: str) -> None:
    assert described(package(tmp_path, first)) == said


def test_a_copy_is_not_of_the_repository_around_it(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    assert source_commit(package(tmp_path / "copy", "$Format:%H$")) == ""
