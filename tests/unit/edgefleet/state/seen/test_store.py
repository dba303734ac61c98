"""What an earlier look has kept: used as it was written, or not at all."""

import os
import stat
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from edgefleet.core.redaction import known_secrets
from edgefleet.core.secret import Secret
from edgefleet.state.seen.models import VersionFacts
from edgefleet.state.seen.store import KEPT, LARGEST_BYTES, SeenVersions

ACCOUNT, SCRIPT = "a" * 32, "acme-worker-staging"
CANARY = "ghp_" + "a1B2c3D4e5F6" * 3


def facts(**bindings: object) -> VersionFacts:
    return VersionFacts(number=7, modules={"modules.index.js": "d"}, bindings=bindings)


class Folder:
    """A folder of seen versions, and what was said of it."""

    def __init__(self, folder: Path, *, tracked: bool = False) -> None:
        self.path = folder / ".edgefleet" / "seen"
        self.said: list[str] = []
        self.seen = SeenVersions(self.path, lambda: tracked, self.said.append)

    def keep(self, version: str = "v1", **bindings: object) -> Path:
        self.seen.keep(ACCOUNT, SCRIPT, version, facts(**bindings))
        return self.path / ACCOUNT / SCRIPT / f"{version}.json"

    def find(self, version: str = "v1") -> VersionFacts | None:
        found = self.seen.find(ACCOUNT, SCRIPT, version)
        return found.facts if found else None


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path)


def test_a_version_is_found_as_it_was_kept(folder: Folder) -> None:
    folder.keep(LEVEL="warn", LIMIT=3, RATE=0.5, MAP={"a": [1, None, True]})
    expected = facts(LEVEL="warn", LIMIT=3, RATE=0.5, MAP={"a": [1, None, True]})
    assert folder.find() == expected
    assert folder.find("v2") is None
    assert folder.said == []


def test_no_other_user_of_the_machine_may_read_it(folder: Folder) -> None:
    folder.keep()
    assert stat.S_IMODE(folder.path.stat().st_mode) == 0o700


@pytest.mark.parametrize("name", ["TOKEN", "PLAIN"])
def test_nothing_that_looks_like_a_secret_is_written(folder: Folder, name: str) -> None:
    nested: object = {"deep": [{"apiKey": CANARY}]}
    bindings = {f"vars.{name}": CANARY, "bindings.AUTH": nested, "vars.LEVEL": "warn"}
    path = folder.keep("v1", **bindings)
    text = path.read_text()
    assert CANARY not in text
    assert "warn" in text


def test_a_secret_that_the_process_knows_is_not_written(folder: Folder) -> None:
    known_secrets.add(Secret("a plain sentence of a secret"))
    path = folder.keep(NOTE="a plain sentence of a secret")
    assert not path.exists()


REWRITTEN: dict[str, Callable[[str], str]] = {
    "truncated": lambda text: text[: len(text) // 2],
    "empty": lambda _: "",
    "edited": lambda text: text.replace('"number": 7', '"number": 8'),
    "forged": lambda text: text.replace('"d"', '"e"'),
    "stale": lambda text: text.replace('"schema_version": 1', '"schema_version": 0'),
    "moved": lambda text: text.replace(SCRIPT, "another-script"),
    "large": lambda _: " " * (LARGEST_BYTES + 1),
}


def damaged(path: Path, kind: str) -> None:
    """Leave something else in the place of a file."""
    text = path.read_text()
    path.unlink()
    if kind == "pipe":
        os.mkfifo(path)
    elif kind == "folder":
        path.mkdir()
    elif kind == "link":
        real = path.with_suffix(".real")
        real.write_text(text)
        path.symlink_to(real)
    else:
        path.write_text(REWRITTEN[kind](text))


@pytest.mark.parametrize("kind", [*REWRITTEN, "pipe", "link", "folder"])
def test_a_damaged_file_is_ignored_and_said_once(folder: Folder, kind: str) -> None:
    path = folder.keep()
    damaged(path, kind)
    assert folder.find() is None
    assert folder.find() is None
    (said,) = folder.said
    assert str(path) in said
    assert "edgefleet asks Cloudflare instead" in said


def test_a_damaged_file_is_replaced(folder: Folder) -> None:
    damaged(folder.keep(), "truncated")
    folder.keep()
    assert folder.find() == facts()


def test_what_git_has_is_not_believed(tmp_path: Path) -> None:
    path = Folder(tmp_path).keep()
    folder = Folder(tmp_path, tracked=True)
    assert folder.find() is None
    path.unlink()
    folder.keep()
    assert not path.exists()
    (said,) = folder.said
    assert "is in git" in said


@pytest.mark.parametrize("name", ["..", "a/b", "", "x" * 256, "a\0b"])
def test_no_name_leads_out_of_the_folder(folder: Folder, name: str) -> None:
    for key in ((name, SCRIPT, "v1"), (ACCOUNT, name, "v1"), (ACCOUNT, SCRIPT, name)):
        folder.seen.keep(*key, facts())
        assert folder.seen.find(*key) is None
    assert not folder.path.exists()


def test_the_last_versions_of_a_script_are_kept(folder: Folder) -> None:
    for number in range(KEPT + 3):
        os.utime(folder.keep(f"v{number}"), (number, number))
    folder.keep("newest")
    left = sorted(path.stem for path in (folder.path / ACCOUNT / SCRIPT).iterdir())
    assert left == sorted([*(f"v{number}" for number in range(4, KEPT + 3)), "newest"])


def test_many_threads_keep_and_find_at_once(folder: Folder) -> None:
    def work(number: int) -> bool:
        version = f"v{number % 4}"
        folder.keep(version, N=number % 4)
        return folder.find(version) == facts(N=number % 4)

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(work, range(200)))
    assert folder.said == []


def test_a_folder_that_cannot_be_written_stops_nothing(tmp_path: Path) -> None:
    (tmp_path / ".edgefleet").write_text("a file in its place")
    folder = Folder(tmp_path)
    folder.keep()
    assert folder.find() is None
