"""What edgefleet writes at Cloudflare is read again, in its older forms too."""

import pytest

from edgefleet.records.models import Action, Origin
from edgefleet.records.signature import RESTORED, Signed, message_of, read_message

COMMIT = "0123456789abcdef0123456789abcdef01234567"


def origin(actor: str | None) -> Origin:
    return Origin(actor=actor, edgefleet_version="1.2.0")


@pytest.mark.parametrize("action", [Action.DEPLOY, Action.ROLLBACK])
@pytest.mark.parametrize("reason", [None, "too slow, and: wrong"])
@pytest.mark.parametrize("actor", [None, "octocat", "dependabot[bot]", "Ada Lovelace"])
def test_a_message_tells_action_commit_actor_and_reason(
    action: Action, reason: str | None, actor: str | None
) -> None:
    written = message_of(action, origin(actor), COMMIT, reason)
    assert read_message(written) == Signed(action, COMMIT[:12], actor, reason)


@pytest.mark.parametrize("actor", ["a, by b: c", "a\n::error::b", "  ", "x" * 200])
def test_no_actor_changes_what_else_a_message_says(actor: str) -> None:
    written = message_of(Action.DEPLOY, origin(actor), COMMIT, "why")
    told = read_message(written)
    assert told is not None
    assert (told.action, told.commit, told.reason) == (Action.DEPLOY, COMMIT[:12], "why")
    assert "\n" not in written
    assert len(written.encode()) < 1000


@pytest.mark.parametrize(
    ("message", "told"),
    [
        ("edgefleet 0.1.0, commit c396369b3a16", Signed(Action.DEPLOY, "c396369b3a16")),
        ("edgefleet 0.1.0, commit no-commit", Signed(Action.DEPLOY)),
        ("edgefleet 0.1.0, rollback", Signed(Action.ROLLBACK)),
        (
            "edgefleet 0.1.0, rollback: bad, by me: really",
            Signed(Action.ROLLBACK, reason="bad, by me: really"),
        ),
        (RESTORED, Signed(Action.RESTORE)),
    ],
)
def test_messages_of_older_versions_are_read(message: str, told: Signed) -> None:
    assert read_message(message) == told


@pytest.mark.parametrize(
    "message",
    [
        None,
        "",
        "bob full",
        "Automatic deployment on upload.",
        "edgefleet is slow",
        "an edgefleet 1",
    ],
)
def test_what_others_write_is_not_edgefleets(message: str | None) -> None:
    assert read_message(message) is None
