import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from localedge.services import ai
from localedge.state.ai.gateways import AiGatewayStore
from support.storage import Api, Stores, stores

ACCOUNT = "a" * 32
RUN = f"/accounts/{ACCOUNT}/ai/run"
GATEWAYS = f"/accounts/{ACCOUNT}/ai-gateway/gateways"
SETTINGS: dict[str, Any] = {
    "cache_invalidate_on_update": False,
    "cache_ttl": 0,
    "collect_logs": True,
    "rate_limiting_interval": 0,
    "rate_limiting_limit": None,
}
CHAT = "@cf/meta/llama-3.1-8b-instruct"


@pytest.fixture
def storage(tmp_path: Path) -> Iterator[Stores]:
    with stores(tmp_path) as opened:
        yield opened


@pytest.fixture
def api(storage: Stores) -> Api:
    return Api(ai.routes(storage.ai, AiGatewayStore(storage.database)))


def test_a_whole_answer_comes_in_the_envelope(api: Api, storage: Stores) -> None:
    answer = api.result("POST", f"{RUN}/{CHAT}", json={"prompt": "Good morning"})
    assert answer["response"].endswith('You said: "Good morning"')
    (entry,) = storage.ai.entries()
    assert (entry["model"], entry["script"], entry["status"]) == (CHAT, None, "done")


def test_a_stream_comes_without_the_envelope(api: Api) -> None:
    answer = api.ask(
        "POST", f"{RUN}/{CHAT}", json={"prompt": "Hi", "stream": True, "max_tokens": 2}
    )
    assert answer.headers["content-type"].startswith("text/event-stream")
    *events, done = answer.text.strip().split("\n\n")
    assert done == "data: [DONE]"
    data = [json.loads(event.removeprefix("data: ")) for event in events]
    assert [one["response"] for one in data] == ["This", " is", ""]
    assert data[-1]["usage"] == {"prompt_tokens": 1, "completion_tokens": 2, "total_tokens": 3}


def test_an_image_comes_without_the_envelope(api: Api) -> None:
    model = "@cf/stabilityai/stable-diffusion-xl-base-1.0"
    answer = api.ask("POST", f"{RUN}/{model}", json={"prompt": "a fox", "width": 256})
    assert answer.headers["content-type"] == "image/png"
    assert answer.content.startswith(b"\x89PNG")


def test_embeddings_have_the_models_dimensions(api: Api) -> None:
    answer = api.result("POST", f"{RUN}/@cf/baai/bge-small-en-v1.5", json={"text": "Hi"})
    assert answer["shape"] == [1, 384]
    assert len(answer["data"][0]) == 384


@pytest.mark.parametrize(
    ("model", "inputs", "refusal"),
    [
        ("@cf/absent/nothing", {"prompt": "Hi"}, (400, 5007)),
        (CHAT, {}, (400, 5006)),
        ("@localedge/fail", {"prompt": "Hi"}, (500, 3043)),
        ("@localedge/fail-midstream", {"prompt": "Hi"}, (500, 3043)),
    ],
)
def test_a_run_that_fails_is_remembered_as_failed(
    api: Api, storage: Stores, model: str, inputs: dict[str, Any], refusal: tuple[int, int]
) -> None:
    assert api.refusal("POST", f"{RUN}/{model}", json=inputs) == refusal
    assert storage.ai.entries()[-1]["status"] == "failed"


def test_a_gateway_is_made_read_changed_and_deleted(api: Api) -> None:
    made = api.result("POST", GATEWAYS, json={**SETTINGS, "id": "chat", "cache_ttl": 60})
    assert (made["id"], made["cache_ttl"], made["collect_logs"]) == ("chat", 60, True)
    assert api.result("GET", GATEWAYS) == [made]
    changed = api.result("PUT", f"{GATEWAYS}/chat", json={"cache_ttl": 0, "id": "other"})
    assert (changed["id"], changed["cache_ttl"]) == ("chat", 0)
    assert api.result("DELETE", f"{GATEWAYS}/chat")["id"] == "chat"
    assert api.refusal("GET", f"{GATEWAYS}/chat")[0] == 404


def test_a_gateways_id_is_taken_once_and_has_a_form(api: Api) -> None:
    api.result("POST", GATEWAYS, json={**SETTINGS, "id": "chat"})
    assert api.refusal("POST", GATEWAYS, json={**SETTINGS, "id": "chat"})[0] == 409
    assert api.refusal("POST", GATEWAYS, json={**SETTINGS, "id": "No Spaces"})[0] == 400
    assert api.refusal("POST", GATEWAYS, json=SETTINGS)[0] == 400
    assert api.refusal("POST", GATEWAYS, json={"id": "other"}) == (400, 7001)
    for odd in ("1e999", '"\\ud800"'):
        body = json.dumps({**SETTINGS, "id": "x", "a": 0}).replace('"a": 0', f'"a": {odd}')
        assert api.refusal("POST", GATEWAYS, content=body.encode())[0] == 400
