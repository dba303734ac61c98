"""Notes of what was asked for: whole or not there, and of one account alone."""

from pathlib import Path

import pytest

from edgefleet.cloudflare.named_resources import ResourceKind as K
from edgefleet.config.target import STAGING, Target
from edgefleet.errors import UsageError
from edgefleet.onboard.provision.store import NotedResource, NotesFolder, ProvisionNotes

TARGET = Target(tenant="acme", environment=STAGING)
ONE = NotedResource(kind=K.NAMESPACE, name="cache")
EMPTY = ProvisionNotes(account_id="a")


def test_a_newer_note_takes_the_place_of_an_older_one(tmp_path: Path) -> None:
    folder = NotesFolder(tmp_path / "provision")
    made = ONE.model_copy(update={"id": "1"})
    notes = folder.note(TARGET, folder.note(TARGET, EMPTY, ONE), made)
    assert folder.read(TARGET, "a") == notes
    assert notes.made == (made,)
    assert notes.find(K.NAMESPACE, "cache", "") == made
    assert notes.find(K.NAMESPACE, "cache", "eu") is None
    assert folder.forget(TARGET, notes, made).made == ()
    assert folder.read(TARGET, "a").made == ()


def test_notes_of_another_account_count_for_nothing(tmp_path: Path) -> None:
    folder = NotesFolder(tmp_path)
    folder.note(TARGET, EMPTY, ONE)
    assert folder.read(TARGET, "b") == ProvisionNotes(account_id="b")


@pytest.mark.parametrize("content", [b"", b"{", b"\xff", b'{"account_id": 1}', b"[]"])
def test_a_broken_file_has_no_notes(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "acme-staging.json").write_bytes(content)
    assert NotesFolder(tmp_path).read(TARGET, "a") == EMPTY


def test_without_a_note_nothing_is_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(UsageError, match="edgefleet makes nothing without a note"):
        NotesFolder(tmp_path / "file").note(TARGET, EMPTY, ONE)
