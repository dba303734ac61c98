"""The API client: envelopes, errors, repeats."""

import pytest

from edgefleet.cloudflare.client import Cloudflare
from edgefleet.cloudflare.envelope import ApiError
from edgefleet.cloudflare.script.schemas import DeploymentList
from edgefleet.core.redaction import known_secrets
from edgefleet.core.secret import Secret
from edgefleet.http.retry import DEFAULT
from support.answers import Answer, enveloped, refused, scripted

TOKEN = "canary-token-of-the-client"


def client(url: str, slept: list[float] | None = None, most_pages: int = 1000) -> Cloudflare:
    sleep = (slept if slept is not None else []).append
    return Cloudflare(url, Secret(TOKEN), sleep=sleep, most_pages=most_pages)


def test_a_read_returns_the_result_and_sends_the_token() -> None:
    with scripted(enveloped({"id": "a"})) as server:
        assert client(server.url).get("/accounts/a", dict) == {"id": "a"}
    assert server.asked[0].headers["Authorization"] == f"Bearer {TOKEN}"


def test_read_is_retried_after_500_and_a_dropped_connection() -> None:
    slept: list[float] = []
    with scripted(refused(10013, 500), Answer(drop=True), enveloped(1)) as server:
        assert client(server.url, slept).get("/x", int) == 1
    assert len(server.asked) == 3
    assert slept == pytest.approx([0.5, 1.0], rel=DEFAULT.jitter)


def test_a_throttled_read_waits_as_long_as_it_is_told() -> None:
    slept: list[float] = []
    with scripted(refused(971, 429, Retry_After="7"), enveloped(1)) as server:
        assert client(server.url, slept).get("/x", int) == 1
    assert slept == [7.0]


def test_a_read_is_given_up_in_the_end() -> None:
    with scripted(refused(10013, 503)) as server, pytest.raises(ApiError, match="10013"):
        client(server.url).get("/x", dict)
    assert len(server.asked) == DEFAULT.attempts


@pytest.mark.parametrize(
    "answer", [refused(10013, 500), Answer(drop=True), refused(971, 429, Retry_After="1")]
)
def test_a_write_is_never_repeated(answer: Answer) -> None:
    with scripted(answer) as server, pytest.raises(ApiError):
        client(server.url).write("POST", "/x", {"a": 1})
    assert len(server.asked) == 1


def test_a_refusal_carries_cloudflares_codes_and_is_not_repeated() -> None:
    with (
        scripted(refused(10007, 404, "This Worker does not exist")) as server,
        pytest.raises(ApiError, match="This Worker does not exist") as caught,
    ):
        client(server.url).get("/x", dict)
    assert (caught.value.codes, caught.value.status) == ((10007,), 404)
    assert len(server.asked) == 1


def test_a_200_that_says_success_false_is_a_refusal() -> None:
    body = {"success": False, "errors": [{"code": 1, "message": "no"}], "result": None}
    with scripted(Answer(body)) as server, pytest.raises(ApiError):
        client(server.url).get("/x", dict)


@pytest.mark.parametrize("body", [b"<html>", b"", [1], {"result": 1}, {"success": True}])
def test_an_answer_that_is_no_envelope_is_one_clear_error(body: object) -> None:
    with scripted(Answer(body)) as server, pytest.raises(ApiError, match="GET /x: HTTP 200 with"):
        client(server.url).get("/x", dict)


def test_find_is_none_only_for_codes_of_absence() -> None:
    with scripted(refused(10007, 404)) as server:
        assert client(server.url).find("/x", dict, 10007) is None
        with pytest.raises(ApiError):
            client(server.url).find("/x", dict, 10090)


def test_pages_ends_with_a_page_that_is_not_full() -> None:
    full = [{"id": str(number)} for number in range(100)]
    with scripted(enveloped(full), enveloped([{"id": "last"}])) as server:
        found = list(client(server.url).pages("/things", dict))
    assert [found[0]["id"], found[-1]["id"], len(found)] == ["0", "last", 101]
    assert server.asked[1].path == "/things?page=2&per_page=100"


def test_pages_may_be_smaller_than_edgefleet_asks() -> None:
    first, last = enveloped([{"id": "0"}, {"id": "1"}]), enveloped([{"id": "2"}])
    for answer in (first, last):
        answer.body["result_info"] = {"page": 1, "per_page": 2}
    with scripted(first, last) as server:
        assert len(list(client(server.url).pages("/things", dict))) == 3


@pytest.mark.parametrize("asked", ["nan", "-1", "-inf", "inf", "1e308", "soon", ""])
def test_a_wait_that_cannot_be_is_not_waited(asked: str) -> None:
    """Review 17: `Retry-After` is what any server may answer."""
    slept: list[float] = []
    with scripted(refused(971, 429, Retry_After=asked), enveloped(1)) as server:
        assert client(server.url, slept).get("/x", int) == 1
    assert slept == pytest.approx([60.0 if asked == "1e308" else 0.5], rel=DEFAULT.jitter)


@pytest.mark.parametrize("errors", [5, "no", {"message": "no"}, [1, "x", None], [{"code": "1"}]])
def test_errors_of_any_shape_are_one_clear_error(errors: object) -> None:
    """Review 17: `"errors": 5` is no list of errors."""
    body = {"success": False, "errors": errors, "result": None}
    with scripted(Answer(body, status=400)) as server, pytest.raises(ApiError, match="HTTP 400"):
        client(server.url).get("/x", dict)


@pytest.mark.parametrize("message", ["x\n::error::y\x1b[2J", "y" * 10_000_000, "\ud800"])
def test_what_cloudflare_says_is_one_harmless_line(message: str) -> None:
    """Review 8: a message of the API may be anything, and 10 MB long."""
    with scripted(refused(1, 400, message)) as server, pytest.raises(ApiError) as caught:
        client(server.url).get("/x", dict)
    assert len(caught.value.message) < 600
    assert caught.value.message.isprintable()


def test_no_error_ever_names_the_token() -> None:
    with scripted(Answer(b"not json")) as server, pytest.raises(ApiError) as caught:
        client(server.url).get("/x", dict)
    assert TOKEN not in str(caught.value)


def test_a_result_of_another_shape_is_one_clear_error() -> None:
    with (
        scripted(enveloped({"deployments": [{"id": 7}]})) as server,
        pytest.raises(
            ApiError, match=r"unexpected response from Cloudflare: result\.deployments\.0\.id: "
        ),
    ):
        client(server.url).get("/x", DeploymentList)


def test_pages_that_never_end_are_given_up() -> None:
    """Review 4: a list may go on forever."""
    full = [{"id": str(number)} for number in range(100)]
    with scripted(enveloped(full)) as server, pytest.raises(ApiError, match="does not end"):
        list(client(server.url, most_pages=3).pages("/things", dict))
    assert len(server.asked) == 3


def test_an_error_that_repeats_the_token_does_not_hold_it() -> None:
    """Review 9: engine `api` printed it, wrote it into the record and onto the page."""
    known_secrets.add(Secret(TOKEN))
    echo = refused(10000, 403, f"token {TOKEN} may not do this")
    with scripted(echo) as server, pytest.raises(ApiError) as caught:
        client(server.url).get("/x", dict)
    assert "token [redacted] may not" in caught.value.message


def test_without_a_network_the_server_is_named_with_what_to_do() -> None:
    """C7: `no answer from Cloudflare (gaierror)` named no host, and a class of Python."""
    api = Cloudflare("http://127.0.0.1:9/client/v4", Secret("t" * 20), sleep=lambda _: None)
    with pytest.raises(ApiError) as caught:
        api.get("/user/tokens/verify", dict)
    assert caught.value.message == (
        "GET /user/tokens/verify: no answer from http://127.0.0.1:9: it refuses connections"
    )
    assert caught.value.hint.startswith("edgefleet doctor shows whether this machine reaches http")


@pytest.mark.parametrize(
    "answer",
    [
        enveloped(None),
        refused(10009, 404),
        refused(10026, 400),
        refused(971, 429),
        refused(10013, 500),
        refused(10015, 403),
        Answer("a proxy's page", 403),
        Answer(drop=True),
    ],
)
def test_a_trial_is_sent_once_and_most_answers_say_nothing(answer: Answer) -> None:
    with scripted(answer) as server:
        client(server.url).try_delete("/zones/z/workers/routes")
    (asked,) = server.asked
    assert (asked.method, asked.path) == ("DELETE", f"/zones/z/workers/routes/{'0' * 32}")


@pytest.mark.parametrize("answer", [refused(10000, 403), refused(9109, 403)])
def test_a_trial_raises_what_the_token_may_not(answer: Answer) -> None:
    with scripted(answer) as server, pytest.raises(ApiError) as caught:
        client(server.url).try_delete("/zones/z/workers/routes")
    assert caught.value.permission is not None
    assert caught.value.permission.group == "Workers Routes Write"
