"""A note of a token saves a question, and proves nothing."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from edgefleet.config.credentials.token_notes import GOOD_FOR, TokenNotes
from edgefleet.core.secret import Secret

NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)
TOKEN = Secret("canary-of-a-note-5b1f0c9ad2e84f67")
LATER = NOW + timedelta(days=90)


@pytest.fixture
def notes(tmp_path: Path) -> TokenNotes:
    return TokenNotes(tmp_path / ".edgefleet" / "seen" / "tokens")


@pytest.mark.parametrize("expires", [None, LATER])
def test_what_was_noted_is_found_for_some_days(notes: TokenNotes, expires: datetime | None) -> None:
    notes.keep("a", TOKEN, expires, NOW)
    found = notes.find("a", TOKEN, NOW + GOOD_FOR - timedelta(seconds=1))
    assert found is not None
    assert found.expires == expires
    assert notes.find("a", TOKEN, NOW + GOOD_FOR) is None
    assert notes.find("a", TOKEN, NOW - timedelta(seconds=1)) is None


def test_a_note_is_of_one_token_and_one_account(notes: TokenNotes) -> None:
    notes.keep("a", TOKEN, None, NOW)
    assert notes.find("b", TOKEN, NOW) is None
    assert notes.find("a", Secret("another-token"), NOW) is None


def test_no_note_holds_a_token(notes: TokenNotes, tmp_path: Path) -> None:
    notes.keep("a", TOKEN, LATER, NOW)
    (file,) = tmp_path.rglob("*.json")
    assert TOKEN.reveal() not in file.read_text()
    assert TOKEN.reveal() not in str(file)


@pytest.mark.parametrize("text", ["", "{", "[]", '{"schema_version": 2}'])
def test_a_damaged_note_is_none(notes: TokenNotes, tmp_path: Path, text: str) -> None:
    notes.keep("a", TOKEN, LATER, NOW)
    (file,) = tmp_path.rglob("*.json")
    file.write_text(text)
    assert notes.find("a", TOKEN, NOW) is None
