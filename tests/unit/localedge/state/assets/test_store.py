from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from localedge.model import AssetFile, ScriptRef
from localedge.state.assets.manifest import AssetEntry
from localedge.state.assets.store import AssetStore, ReceivedFile
from localedge.state.database import Database
from localedge.state.scripts.store import ScriptStore

ONE, TWO = ScriptRef("a" * 32, "one"), ScriptRef("a" * 32, "two")
OTHER = ScriptRef("b" * 32, "one")
A, B = "a" * 32, "b" * 32
A_FILE = ReceivedFile(A, "text/plain", b"hello")


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    with closing(Database(tmp_path)) as opened:
        yield opened


@pytest.fixture
def store(database: Database) -> AssetStore:
    ScriptStore(database)
    return AssetStore(database, lambda: 0)


def contents(tmp_path: Path) -> list[bytes]:
    return sorted(file.read_bytes() for file in (tmp_path / "assets").glob("*/*"))


def test_equal_contents_are_stored_once_for_all_scripts(store: AssetStore, tmp_path: Path) -> None:
    one, *others = (store.begin(ref, {"/a": AssetEntry(A, 5)}) for ref in (ONE, TWO, OTHER))
    assert store.add(one, [A_FILE, ReceivedFile(B, None, b"hello")]) is True
    for other in others:
        assert store.add(other, [ReceivedFile("c" * 32, "text/css", b"hello")]) is False
    assert contents(tmp_path) == [b"hello"]
    for ref in (ONE, TWO, OTHER):
        session = store.begin(ref, {"/a": AssetEntry(A, 5), "/c": AssetEntry("c" * 32, 5)})
        assert store.known(ref, session.manifest) == ({A} if ref == ONE else {"c" * 32})


def test_the_first_file_of_a_hash_stays(store: AssetStore) -> None:
    session = store.begin(ONE, {"/a": AssetEntry(A, 5)})
    store.add(session, [A_FILE])
    before = store.files(ONE, session.manifest)
    store.add(session, [ReceivedFile(A, "text/css", b"other")])
    assert store.files(ONE, session.manifest) == before
    assert isinstance(before["/a"], AssetFile)
    assert before["/a"].content_type == "text/plain"


def test_what_an_open_session_names_is_not_removed(store: AssetStore, tmp_path: Path) -> None:
    session = store.begin(ONE, {"/a": AssetEntry(A, 5)})
    store.add(session, [A_FILE, ReceivedFile(B, None, b"unnamed")])
    store.remove_unused()
    store.remove_unused_contents()
    assert contents(tmp_path) == [b"hello"]


def test_half_a_file_of_a_killed_server_is_removed(database: Database, tmp_path: Path) -> None:
    (tmp_path / "assets").mkdir()
    (tmp_path / "assets" / "1.part").write_bytes(b"hal")
    store = AssetStore(database)
    assert list((tmp_path / "assets").iterdir()) == []
    store.add(store.begin(ONE, {"/a": AssetEntry(A, 5)}), [A_FILE])
    assert contents(tmp_path) == [b"hello"]
