import base64
import json
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from localedge.model import ScriptRef
from localedge.state.assets.tokens import LIFETIME_SECONDS, AssetTokens, Purpose
from localedge.state.database import Database
from localedge.wire.asset_errors import InvalidAssetToken

REF = ScriptRef("a" * 32, "site")


class Clock:
    """A clock that a test turns."""

    now = 1_000_000.5

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def tokens(tmp_path: Path, clock: Clock) -> Iterator[AssetTokens]:
    with closing(Database(tmp_path)) as database:
        yield AssetTokens(database, clock)


def test_a_token_says_what_it_is_for(tokens: AssetTokens) -> None:
    token = tokens.read(tokens.issue(Purpose.UPLOAD, REF, "s"), Purpose.UPLOAD)
    assert (token.ref, token.session) == (REF, "s")


def test_a_client_can_read_when_it_expires(tokens: AssetTokens) -> None:
    payload = tokens.issue(Purpose.UPLOAD, REF, "s").split(".")[1]
    assert json.loads(base64.urlsafe_b64decode(payload + "=="))["exp"] == 1_003_600


def test_a_token_is_good_for_an_hour_and_one_purpose(tokens: AssetTokens, clock: Clock) -> None:
    text = tokens.issue(Purpose.COMPLETION, REF, "s")
    with pytest.raises(InvalidAssetToken):
        tokens.read(text, Purpose.UPLOAD)
    clock.now += LIFETIME_SECONDS - 1
    assert tokens.read(text, Purpose.COMPLETION).session == "s"
    clock.now += 1
    with pytest.raises(InvalidAssetToken):
        tokens.read(text, Purpose.COMPLETION)


def test_a_forged_token_is_refused(tokens: AssetTokens, tmp_path: Path) -> None:
    with closing(Database(tmp_path / "other")) as other_server:
        elsewhere = AssetTokens(other_server).issue(Purpose.UPLOAD, REF, "s")
    head, claims, signature = tokens.issue(Purpose.UPLOAD, REF, "s").split(".")
    other = tokens.issue(Purpose.UPLOAD, ScriptRef("b" * 32, "site"), "s").split(".")[1]
    for text in ("", "x", "..", elsewhere, f"{head}.{other}.{signature}", f"{head}.{claims}."):
        with pytest.raises(InvalidAssetToken):
            tokens.read(text, Purpose.UPLOAD)


def test_tokens_survive_a_restart(tmp_path: Path) -> None:
    with closing(Database(tmp_path)) as before:
        text = AssetTokens(before).issue(Purpose.UPLOAD, REF, "s")
    with closing(Database(tmp_path)) as after:
        assert AssetTokens(after).read(text, Purpose.UPLOAD).session == "s"
