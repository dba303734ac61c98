from datetime import UTC, datetime
from typing import Any

import pytest

from edgefleet.cloudflare.account import Account
from edgefleet.cloudflare.client import Cloudflare
from edgefleet.cloudflare.envelope import ApiError
from edgefleet.cloudflare.models import ServedByVersion
from edgefleet.core.secret import Secret
from support.answers import Answer, refused, scripted

SINCE, UNTIL = datetime(2026, 3, 1, 12, tzinfo=UTC), datetime(2026, 3, 1, 12, 5, tzinfo=UTC)
ROW = {
    "dimensions": {"scriptVersion": "v1"},
    "sum": {"requests": 120, "errors": 3},
    "avg": {"sampleInterval": 10},
}


def answered(*rows: Any) -> Answer:
    return Answer({"data": {"viewer": {"accounts": [{"served": list(rows)}]}}, "errors": None})


def served(*answers: Answer) -> tuple[tuple[ServedByVersion, ...], list[Any]]:
    with scripted(*answers) as server:
        account = Account(Cloudflare(server.url, Secret("t"), sleep=lambda _: None), "acc")
        return account.served("one", ["v1", "v2"], SINCE, UNTIL), server.asked


def test_each_version_is_told_with_its_sampling() -> None:
    rows, (asked,) = served(answered(ROW))

    assert rows == (ServedByVersion(version_id="v1", requests=120, errors=3, sample_interval=10),)
    assert (asked.method, asked.path) == ("POST", "/graphql")
    assert asked.body["variables"] == {
        "account": "acc",
        "filter": {
            "scriptName": "one",
            "scriptVersion_in": ["v1", "v2"],
            "datetime_geq": "2026-03-01T12:00:00Z",
            "datetime_lt": "2026-03-01T12:05:00Z",
        },
    }


def test_errors_of_a_query_are_raised_once() -> None:
    body = {"data": None, "errors": [{"message": "not authorized for that account"}]}

    with pytest.raises(ApiError, match="not authorized for that account") as caught:
        served(Answer(body))

    assert "Account, Account Analytics, Read" in caught.value.hint


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (Answer({"data": {"viewer": {"accounts": []}}}), "without the account"),
        (Answer({"data": None}), "without the account"),
        (Answer([]), "no answer to a query"),
        (answered({**ROW, "sum": {"requests": "many"}}), "unexpected response"),
        (answered({**ROW, "sum": {"requests": -1, "errors": 0}}), "unexpected response"),
        (answered({**ROW, "avg": {"sampleInterval": 0}}), "unexpected response"),
        (refused(10000, 403, "Authentication error"), "Authentication error"),
    ],
)
def test_a_wrong_answer_is_named(answer: Answer, words: str) -> None:
    with pytest.raises(ApiError, match=words):
        served(answer)


def test_a_query_is_repeated_like_a_read() -> None:
    rows, asked = served(Answer(drop=True), answered())

    assert (rows, len(asked)) == ((), 2)
