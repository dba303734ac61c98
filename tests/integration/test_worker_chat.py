"""A conversation with the Worker: streamed, whole, kept, deleted."""

import concurrent.futures
import contextlib
import re
import socket
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from support.data_plane import SUBDOMAIN, eventually
from support.worker import KEY, Build, Cloud, Deployed, failure, tenant

MIDSTREAM, FAIL, SLOW = "@localedge/fail-midstream", "@localedge/fail", "@localedge/slow"
CHAT, FALLBACK = "@cf/meta/llama-3.1-8b-instruct", "@cf/meta/llama-3.2-3b-instruct"
ACME = tenant(allowedModels=[CHAT, FALLBACK, MIDSTREAM, FAIL, SLOW])
BRIEF = tenant("brief", maxMessagesPerSession=5)


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> str:
    build = Build(tmp_path_factory.mktemp("build"))
    build.hurry(HEARTBEAT_MS=150)
    return build.bundle()


@pytest.fixture(scope="module")
def worker(world: Cloud, source: str) -> Deployed:
    return world.deploy(source, [ACME, BRIEF])


def test_an_answer_is_streamed_token_by_token(worker: Deployed) -> None:
    with worker.streaming("Good morning") as stream:
        arrived = list(stream)
        answer = stream.answer

    assert answer.headers["content-type"] == "text/event-stream; charset=utf-8"
    assert answer.headers["cache-control"] == "no-store, no-transform"
    *tokens, (kind, done) = arrived
    assert {kind for kind, _ in tokens} == {"message"}
    assert "".join(data["token"] for _, data in tokens).endswith('You said: "Good morning"')
    assert kind == "done"
    usage = {"promptTokens": 2, "completionTokens": len(tokens), "estimated": False}
    assert done == {
        "complete": True,
        "modelId": CHAT,
        "fallbackUsed": False,
        "usage": usage | {"totalTokens": 2 + len(tokens)},
        "traceId": answer.headers["x-trace-id"],
    }


def test_an_answer_can_be_whole(worker: Deployed) -> None:
    session = str(uuid4())
    answer = worker.chat("Good evening", session)

    assert answer.status_code == 200
    data = answer.json()["data"]
    assert data["message"]["role"] == "assistant"
    assert data["message"]["content"].endswith('You said: "Good evening"')
    assert (data["sessionId"], data["modelId"], data["fallbackUsed"]) == (session, CHAT, False)
    assert answer.headers["x-model-id"] == CHAT
    assert answer.headers["x-fallback-used"] == "false"
    assert answer.headers["x-tokens-in"] == str(data["usage"]["promptTokens"]) == "2"
    assert answer.headers["x-tokens-out"] == str(data["usage"]["completionTokens"])
    assert answer.headers["x-tokens-estimated"] == "false"


def test_history_holds_both_sides_in_order_until_it_is_deleted(worker: Deployed) -> None:
    session = str(uuid4())
    worker.chat("one", session)
    with worker.streaming("two", session) as stream:
        list(stream)

    messages = worker.history(session.upper())
    assert [(it["role"], it["content"].split('"')[-2:][0]) for it in messages] == [
        ("user", "one"),
        ("assistant", "one"),
        ("user", "two"),
        ("assistant", "two"),
    ]
    assert [it.get("modelId") for it in messages] == [None, CHAT, None, CHAT]
    assert all(re.fullmatch(r"\d{4}-\d\d-\d\dT[\d:]{8}\.\d{3}Z", it["at"]) for it in messages)

    deleted = worker.ask(f"/chat/{session}", method="DELETE").json()["data"]
    again = worker.ask(f"/chat/{session}", method="DELETE").json()["data"]

    assert deleted == {"sessionId": session, "deleted": 4}
    assert again == {"sessionId": session, "deleted": 0}
    answer = worker.ask(f"/chat/{session}/history")
    assert failure(answer) == (404, "session_not_found")


def test_a_model_reads_what_was_said_before(worker: Deployed) -> None:
    session = str(uuid4())
    first = worker.chat("one two three", session).json()["data"]
    second = worker.chat("four", session).json()["data"]

    before = len((first["message"]["content"] + " one two three").split())
    assert second["usage"]["promptTokens"] == before + 1


def test_history_outlives_a_new_version(world: Cloud, source: str) -> None:
    worker, session = world.deploy(source, ACME, "lasting"), str(uuid4())
    worker.chat("remember", session)

    later = world.deploy(source + "// another version", ACME, "lasting")

    assert later.history(session)[0]["content"] == "remember"


def test_many_posts_at_once_are_all_kept_once_and_in_order(worker: Deployed) -> None:
    session, messages = str(uuid4()), [f"message-{number}" for number in range(200)]
    with concurrent.futures.ThreadPoolExecutor(100) as threads:
        answers = list(threads.map(lambda text: worker.chat(text, session), messages))

    assert {answer.status_code for answer in answers} == {200}
    kept = worker.history(session)
    assert sorted(it["content"] for it in kept[::2]) == sorted(messages)
    assert [it["role"] for it in kept] == ["user", "assistant"] * 200
    for question, reply in zip(kept[::2], kept[1::2], strict=True):
        assert reply["content"].endswith(f'"{question["content"]}"')
    asked = [it["at"] for it in kept[::2]]
    assert asked == sorted(asked)


def test_only_the_newest_messages_are_kept(worker: Deployed) -> None:
    session, key = str(uuid4()), {"x-api-key": "brief-key"}
    for number in range(4):
        worker.chat(f"message-{number}", session, headers=key)

    assert [it["content"] for it in worker.history(session, **key)][::2] == [
        "message-2",
        "message-3",
    ]


def test_expired_session_is_deleted_without_a_caller(
    world: Cloud, tmp_path_factory: pytest.TempPathFactory
) -> None:
    build = Build(tmp_path_factory.mktemp("build"))
    build.hurry(DAY_MS=4_000)
    worker = world.deploy(build.bundle_with(STORAGE_PROBE), tenant(sessionRetentionDays=1))
    session = str(uuid4())
    worker.chat("soon forgotten", session)

    assert worker.ask(f"/rows?{session}").text == "1"
    eventually(lambda: worker.ask(f"/rows?{session}").text == "no table")


# Looks into a session's storage without calling the session.
STORAGE_PROBE = """
import worker, { ChatSession as Session } from "./index";
export { RateLimiter } from "./index";
export class ChatSession extends Session {
  rows() {
    const { sql } = this.ctx.storage;
    const tables = sql.exec("SELECT 1 FROM sqlite_master WHERE name = 'turns'").toArray();
    return tables.length ? String(sql.exec("SELECT COUNT(*) AS n FROM turns").one().n) : "no table";
  }
}
export default {
  async fetch(request, env, ctx) {
    const { pathname, search } = new URL(request.url);
    if (pathname !== "/rows") return worker.fetch(request, env, ctx);
    const id = env.CHAT_SESSION.idFromName(`acme:${search.slice(1)}`);
    return new Response(await env.CHAT_SESSION.get(id).rows());
  },
};
"""


@settings(
    max_examples=6,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=60))
def test_every_text_is_kept_as_it_was_said(worker: Deployed, text: str) -> None:
    session = str(uuid4())
    worker.chat(text, session)

    assert worker.history(session)[0]["content"] == text


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"sessionId": "1"}, "sessionId must be a UUID."),
        ({"sessionId": None}, "sessionId must be a UUID."),
        ({"message": ""}, "message must be text of 1 to 10000 characters."),
        ({"message": "a" * 10_001}, "message must be text of 1 to 10000 characters."),
        ({"message": 7}, "message must be text of 1 to 10000 characters."),
        ({"stream": "yes"}, "stream must be true or false."),
        ({"modelId": ""}, "modelId must be text that is not empty."),
        ({"more": 1}, "more is not known here."),
    ],
)
def test_a_request_that_is_not_as_agreed_says_what_is_wrong(
    worker: Deployed, change: dict[str, Any], message: str
) -> None:
    body = {"sessionId": str(uuid4()), "message": "Hello"} | change
    answer = worker.ask("/chat", method="POST", json=body)

    assert failure(answer) == (400, "invalid_request")
    assert answer.json()["error"]["message"] == message


@pytest.mark.parametrize(
    ("body", "kind", "refusal"),
    [
        (b"{", "application/json", (400, "invalid_json")),
        (b"", "application/json", (400, "invalid_json")),
        (b'"\xff"', "application/json", (400, "invalid_json")),
        (b"[]", "application/json", (400, "invalid_request")),
        (b"null", "application/json; charset=utf-8", (400, "invalid_request")),
        (b"{}", "text/plain", (415, "unsupported_media_type")),
        (b"{}", "application/jsonp", (415, "unsupported_media_type")),
        (b" " * 1_048_577, "application/json", (413, "payload_too_large")),
    ],
)
def test_a_body_that_is_no_json_is_refused(
    worker: Deployed, body: bytes, kind: str, refusal: tuple[int, str]
) -> None:
    headers = {"x-api-key": KEY, "content-type": kind}

    assert failure(worker.ask("/chat", method="POST", data=body, headers=headers)) == refusal


def test_limit_counts_characters_outside_the_basic_plane(
    worker: Deployed,
) -> None:
    session, text = str(uuid4()), "\U0001f308" * 10_000

    assert worker.chat(text, session).status_code == 200
    assert worker.history(session)[0]["content"] == text


@pytest.mark.parametrize(("path", "method"), [("/chat/1/history", "GET"), ("/chat/1", "DELETE")])
def test_a_session_without_a_uuid_is_refused(worker: Deployed, path: str, method: str) -> None:
    assert failure(worker.ask(path, method=method)) == (400, "invalid_request")


def test_gigabyte_chunked_body_is_refused_early(worker: Deployed) -> None:
    send_endlessly(worker)  # what the first request of its kind takes once
    memory = peak_memory(worker)

    sent, answers = zip(*(send_endlessly(worker) for _ in range(4)), strict=True)

    assert {answer.split(b"\r\n")[0] for answer in answers} == {
        b"HTTP/1.1 413 Request Entity Too Large"
    }
    assert max(sent) < 32 * 2**20, "of a gigabyte; the limit is 1 MiB, sockets on the way buffer"
    assert peak_memory(worker) - memory < 64 * 2**20, "of the four gigabytes that were offered"


def send_endlessly(worker: Deployed) -> tuple[int, bytes]:
    """Send a chunked body until there is an answer; return how much went out, and the answer."""
    head = (
        f"POST /chat HTTP/1.1\r\nHost: {worker.name}.{SUBDOMAIN}.workers.localhost\r\n"
        f"x-api-key: {KEY}\r\ncontent-type: application/json\r\n"
        "transfer-encoding: chunked\r\n\r\n"
    )
    chunk = b"10000\r\n" + b" " * 65_536 + b"\r\n"
    sent = 0
    with socket.create_connection(("127.0.0.1", worker.site.port), 60) as client:
        client.sendall(head.encode())
        answer = b""
        while not answer and sent < 2**30:
            client.settimeout(60)
            client.sendall(chunk)
            sent += 65_536
            client.settimeout(0)
            with contextlib.suppress(BlockingIOError):
                answer = client.recv(4_096)
    return sent, answer


def peak_memory(worker: Deployed) -> int:
    """Return the most bytes that the runtime's workerds have ever held (proc_pid_status(5))."""
    group = worker.site.data_plane._host.pid
    peaks = [peak for it in Path("/proc").glob("[0-9]*") if (peak := peak_of(it, group))]
    assert peaks
    return sum(peaks)


def peak_of(process: Path, group: int | None) -> int:
    """Return the same for one process; 0 for one that is no workerd of this process group."""
    try:
        mine = int((process / "stat").read_text().rpartition(")")[2].split()[2]) == group
        status = (process / "status").read_text()
    except OSError:  # it has ended
        return 0
    peak = re.search(r"^Name:\s+workerd$.*^VmHWM:\s+(\d+) kB$", status, re.MULTILINE | re.DOTALL)
    return int(peak[1]) * 1_024 if mine and peak else 0


def test_a_client_that_goes_away_ends_the_model_call(worker: Deployed) -> None:
    """The first token comes while the model goes on: the whole answer takes it 20 seconds."""
    session = str(uuid4())
    with worker.streaming("word " * 1_000, session) as stream:
        kind, first = next(iter(stream))
    assert (kind, first) == ("message", {"token": "This"})
    run = worker.runs()[-1]

    eventually(lambda: worker.runs()[-1]["status"] == "cancelled")
    assert run["id"] == worker.runs()[-1]["id"]
    assert worker.runs()[-1]["tokens"] < 1_000
    assert [it["role"] for it in worker.history(session)] == ["user"]


def test_a_client_that_goes_away_in_silence_ends_the_model_call(worker: Deployed) -> None:
    with worker.streaming(modelId=SLOW) as stream:
        next(stream.answer.iter_lines())
    run = worker.runs()[-1]

    assert run["model"] == SLOW
    eventually(lambda: worker.runs()[-1]["status"] == "cancelled")
    assert worker.runs()[-1]["id"] == run["id"]


def test_a_silent_stream_is_kept_alive_by_comments(worker: Deployed) -> None:
    with worker.streaming(modelId=SLOW) as stream:
        lines = stream.answer.iter_lines()
        found = [next(lines) for _ in range(3)]

    assert found == [b": waiting", b"", b": waiting"]
