"""Which model answers, through which gateway, and what happens when it does not."""

from typing import Any
from uuid import uuid4

import pytest

from support.data_plane import eventually
from support.worker import EMBEDDING_PROBE, Build, Cloud, Deployed, failure, tenant

MIDSTREAM, FAIL, SLOW = "@localedge/fail-midstream", "@localedge/fail", "@localedge/slow"
CHAT, FALLBACK = "@cf/meta/llama-3.1-8b-instruct", "@cf/meta/llama-3.2-3b-instruct"
EMBEDDINGS = "@cf/baai/bge-base-en-v1.5"
ACME = tenant(allowedModels=[CHAT, FALLBACK, EMBEDDINGS, MIDSTREAM, FAIL, SLOW])


@pytest.fixture(scope="module")
def build(tmp_path_factory: pytest.TempPathFactory) -> Build:
    build = Build(tmp_path_factory.mktemp("build"))
    build.hurry(MODEL_SILENCE_MS=4_000)
    return build


@pytest.fixture(scope="module")
def source(build: Build) -> str:
    return build.bundle()


@pytest.fixture(scope="module")
def alone(world: Cloud, source: str) -> Deployed:
    return world.deploy(source, ACME)


@pytest.fixture(scope="module")
def backed(world: Cloud, source: str) -> Deployed:
    return world.deploy(source, ACME, FALLBACK_MODEL_ID=FALLBACK)


def streamed(worker: Deployed, **options: Any) -> list[tuple[str, Any]]:
    with worker.streaming(**options) as stream:
        return list(stream)


def test_every_call_names_the_tenants_gateway(alone: Deployed) -> None:
    trace = alone.chat().json()["traceId"]

    metadata = {"tenantId": "acme", "environment": "staging", "traceId": trace}
    assert alone.runs()[-1]["gateway"] == {"id": "acme-gateway", "metadata": metadata}


def test_model_of_request_then_environment_then_tenant(
    world: Cloud, source: str, alone: Deployed
) -> None:
    other = "@cf/meta/llama-3.2-1b-instruct"
    worker = world.deploy(source, ACME, MODEL_ID=other)

    assert alone.chat().json()["data"]["modelId"] == CHAT
    assert worker.chat().json()["data"]["modelId"] == other
    assert worker.chat(modelId=FALLBACK).json()["data"]["modelId"] == FALLBACK


@pytest.mark.parametrize("model", ["@cf/meta/llama-2-7b-chat-int8", EMBEDDINGS, CHAT.upper()])
def test_a_model_that_is_not_allowed_is_not_asked(alone: Deployed, model: str) -> None:
    alone.chat()
    before, session = alone.runs()[-1], str(uuid4())

    assert failure(alone.chat(session=session, modelId=model)) == (400, "model_not_allowed")
    assert alone.runs()[-1] == before
    assert alone.history(session) == []


@pytest.mark.parametrize("model", [FAIL, SLOW])
def test_the_fallback_answers_where_the_model_does_not_begin(backed: Deployed, model: str) -> None:
    whole = backed.chat(modelId=model)
    events = streamed(backed, modelId=model)

    data = whole.json()["data"]
    assert (data["modelId"], data["fallbackUsed"]) == (FALLBACK, True)
    assert whole.headers["x-fallback-used"] == "true"
    assert "".join(it["token"] for kind, it in events if kind == "message").endswith('"Hello"')
    assert events[-1][0] == "done"
    done = events[-1][1]
    assert (done["complete"], done["modelId"], done["fallbackUsed"]) == (True, FALLBACK, True)


def test_fallback_replaces_a_stream_that_passed_nothing_on(
    backed: Deployed,
) -> None:
    data = backed.chat(modelId=MIDSTREAM).json()["data"]

    assert data["modelId"] == FALLBACK
    assert data["message"]["content"].count("This is the localedge stand-in") == 1
    assert data["usage"]["estimated"] is True


def test_a_stream_that_breaks_ends_with_an_error_and_done(backed: Deployed) -> None:
    session = str(uuid4())
    *tokens, (error, why), (done, end) = streamed(backed, session=session, modelId=MIDSTREAM)

    assert [kind for kind, _ in tokens] == ["message"] * 3
    assert (error, why["code"], set(why)) == (
        "error",
        "model_failed",
        {"code", "message", "traceId"},
    )
    assert (done, end["complete"], end["modelId"]) == ("done", False, MIDSTREAM)
    assert end["fallbackUsed"] is False
    assert end["usage"]["estimated"] is True
    assert [it["role"] for it in backed.history(session)] == ["user"]


@pytest.mark.parametrize(
    ("model", "refusal"),
    [
        (FAIL, (502, "model_failed")),
        (MIDSTREAM, (502, "model_failed")),
        (SLOW, (504, "model_timeout")),
    ],
)
def test_without_a_fallback_a_failure_is_said_in_the_agreed_form(
    alone: Deployed, model: str, refusal: tuple[int, str]
) -> None:
    assert failure(alone.chat(modelId=model)) == refusal
    events = streamed(alone, modelId=model)
    assert [kind for kind, _ in events if kind != "message"] == ["error", "done"]
    assert events[-2][1]["code"] == refusal[1]


def test_a_fallback_that_fails_too_is_a_failure(world: Cloud, source: str) -> None:
    worker = world.deploy(source, ACME, MODEL_ID=SLOW, FALLBACK_MODEL_ID=FAIL)

    assert failure(worker.chat()) == (502, "model_failed")
    assert [run["model"] for run in worker.runs()] == [SLOW, FAIL]


def test_a_model_that_keeps_silent_is_not_left_running(alone: Deployed) -> None:
    alone.chat(modelId=SLOW)

    eventually(lambda: alone.runs()[-1]["status"] == "cancelled")


def test_a_failed_model_is_logged_without_what_it_was_asked(alone: Deployed) -> None:
    alone.chat("a very private question", modelId=FAIL)

    # Models that other tests left running may fail, and be logged, meanwhile.
    def failed() -> list[dict[str, Any]]:
        return [line for line in alone.logged("model_error") if line["model"] == FAIL]

    eventually(lambda: bool(failed()))
    line = failed()[-1]
    assert line["tenantId"] == "acme"
    assert line["reason"] == "InferenceUpstreamError 3043"
    assert "private" not in str(alone.logged("model_error"))


def test_without_a_var_the_tenants_own_model_embeds(world: Cloud, build: Build) -> None:
    worker = world.deploy(build.bundle_with(EMBEDDING_PROBE), ACME)

    assert len(worker.ask("/embed/rain").json()["data"]) == 768
    assert [run["model"] for run in worker.runs()] == [EMBEDDINGS]


def test_a_text_is_embedded_once_by_the_environments_model(world: Cloud, build: Build) -> None:
    other = "@cf/baai/bge-small-en-v1.5"
    source = build.bundle_with(EMBEDDING_PROBE)
    worker = world.deploy(source, [ACME, tenant("bolt")], EMBEDDINGS_MODEL_ID=other)

    first, second = (worker.ask("/embed/rainbow").json()["data"] for _ in range(2))

    assert first == second
    assert len(first) == 384
    assert [run["model"] for run in worker.runs()] == [other]
    assert worker.runs()[0]["gateway"]["id"] == "acme-gateway"
    worker.ask("/embed/rainbow", headers={"x-api-key": "bolt-key"})
    assert worker.runs()[1]["gateway"]["id"] == "bolt-gateway"
    assert {name.partition(":")[0] for name in world.cached()} == {"acme", "bolt"}
    assert None not in world.cached().values()
