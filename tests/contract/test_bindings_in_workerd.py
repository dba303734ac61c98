"""Each binding that localedge serves itself, used by a Worker in the real runtime."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from localedge.runtime.workers_runtime import WorkersRuntime
from localedge.state.analytics.points import AnalyticsStore
from localedge.state.secrets_store.rules import SecretFields
from localedge.state.traces.logs import LogStore
from support.data_plane import ACCOUNT, MemorySource, Site, eventually
from support.storage import Stores, served, stores

WORKER = Path(__file__).parents[1] / "fixtures" / "storage-worker.js"
BINDINGS = (
    {"type": "kv_namespace", "name": "KV", "namespace_id": "0f2ac74b498b48028cb68387c421e279"},
    {"type": "d1", "name": "DB", "id": "a1b2c3d4-0000-4000-8000-000000000001"},
    {"type": "vectorize", "name": "VECTORIZE", "index_name": "three"},
    {"type": "ai", "name": "AI"},
    {"type": "analytics_engine", "name": "POINTS", "dataset": "visits"},
    {"type": "r2_bucket", "name": "R2", "bucket_name": "files"},
    {
        "type": "ratelimit",
        "name": "LIMIT",
        "namespace_id": "1001",
        "simple": {"limit": 2, "period": 60},
    },
    {"type": "secrets_store_secret", "name": "SECRET", "store_id": "vault", "secret_name": "KEY"},
)

Case = Callable[[str], Any]


@pytest.fixture(scope="module")
def storage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stores]:
    with stores(tmp_path_factory.mktemp("state")) as opened:
        opened.kv.ensure(ACCOUNT, BINDINGS[0]["namespace_id"], "KV")
        opened.d1.ensure(ACCOUNT, BINDINGS[1]["id"], "db")
        opened.vectorize.ensure(ACCOUNT, "three", 3)
        opened.r2.buckets.ensure(ACCOUNT, "files", "default")
        yield opened


@pytest.fixture(scope="module")
def case(storage: Stores, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Case]:
    source = MemorySource()
    source.publish("storage", WORKER.read_text(), *BINDINGS)
    with served(storage.backend(source)) as url:
        folder = tmp_path_factory.mktemp("plane")
        write = AnalyticsStore(storage.database).write
        logs = LogStore(storage.database)
        runtime = WorkersRuntime(source, folder, lambda: url, logs, write_point=write)
        site = Site(runtime, source)
        site.open()

        def ask(name: str) -> Any:
            answer = site.ask("storage", f"/{name}")
            assert answer.status_code == 200, answer.text
            return answer.json()

        try:
            yield ask
        finally:
            site.close()


def test_kv_gives_a_value_in_each_type(case: Case) -> None:
    text = '{"a":"é"}'
    expected = {"text": text, "json": {"a": "é"}, "bytes": 10, "stream": text, "absent": None}
    assert case("kv-types") == expected


def test_kv_takes_bytes_and_streams(case: Case) -> None:
    assert case("kv-puts") == {"bytes": [0, 255], "stream": "streamed"}


def test_kv_keeps_metadata_and_expiration_of_any_key(case: Case) -> None:
    result = case("kv-metadata")
    assert result["got"] == {"value": "v", "metadata": {"z": "é☃"}, "cacheStatus": None}
    (key,) = result["keys"]
    assert (key["name"], key["metadata"]) == ("k/ü ?&%", {"z": "é☃"})
    assert key["expiration"] == pytest.approx(result["now"] + 60, abs=3)


def test_kv_reads_many_keys_at_once(case: Case) -> None:
    result = case("kv-bulk")
    assert result["text"] == [["bulk-1", "1"], ["absent", None]]
    assert result["json"] == [["bulk-1", 1]]
    assert result["full"] == [["bulk-1", {"value": "1", "metadata": {"n": 1}}], ["absent", None]]
    assert result["broken"].startswith("Error: KV GET_BULK failed: 400")


def test_kv_lists_in_pages(case: Case) -> None:
    result = case("kv-pages")
    assert [key["name"] for key in result["first"]["keys"]] == ["page-1", "page-2"]
    assert result["first"]["list_complete"] is False
    assert [key["name"] for key in result["second"]["keys"]] == ["page-3"]
    assert result["second"]["list_complete"] is True


def test_kv_forgets_a_deleted_key(case: Case) -> None:
    assert case("kv-delete") is None


def test_kv_refuses_what_cloudflare_refuses(case: Case) -> None:
    result = case("kv-refusals")
    assert result["ttl"].startswith("Error: KV PUT failed: 400")
    assert result["key"].startswith("Error: KV PUT failed: 414")
    assert result["metadata"].startswith("Error: KV PUT failed: 413")


def test_kv_holds_what_a_worker_wrote_for_the_api_to_read(case: Case, storage: Stores) -> None:
    case("kv-types")
    namespace = storage.kv.require(ACCOUNT, BINDINGS[0]["namespace_id"])
    pair = storage.kv.get(namespace, "types")
    assert pair is not None
    assert pair.value == '{"a":"é"}'.encode()


def test_d1_keeps_each_type(case: Case) -> None:
    result = case("d1-types")
    row = {"i": 7, "f": 1.5, "t": "é", "b": [0, 255], "n": None}
    assert result["first"] == row
    assert result["column"] == "é"
    assert result["raw"] == [["i", "t"], [7, "é"]]
    assert result["none"] is None
    assert result["number"] == [["real"]]
    written = result["written"]
    assert (written["success"], written["results"]) == (True, [])
    meta = written["meta"]
    assert (meta["changes"], meta["last_row_id"], meta["changed_db"]) == (1, 1, True)


def test_d1_runs_a_batch_whole_or_not_at_all(case: Case) -> None:
    result = case("d1-batch")
    assert result["good"] == [[], [], [{"n": 2}]]
    assert result["bad"] == (
        "Error: D1_ERROR: UNIQUE constraint failed: lines.word: SQLITE_CONSTRAINT"
    )
    assert result["count"] == 2


def test_d1_exec_counts_lines_and_names_the_one_that_failed(case: Case) -> None:
    result = case("d1-exec")
    assert result["good"] == 2
    assert result["bad"] == (
        "Error: D1_EXEC_ERROR: Error in line 2: select nope: no such column: nope: SQLITE_ERROR"
    )


def test_d1_says_what_is_wrong_in_d1s_own_words(case: Case) -> None:
    result = case("d1-errors")
    assert result["table"] == "Error: D1_ERROR: no such table: nope: SQLITE_ERROR"
    assert result["column"] == "Error: D1_COLUMN_NOTFOUND: Column not found (b)"
    bindings = "Error: D1_ERROR: Wrong number of parameter bindings for SQL query."
    assert result["bindings"] == bindings
    assert result["empty"] == "Error: D1_ERROR: No SQL statements detected."
    assert result["begin"].startswith("Error: D1_ERROR: To execute a transaction, please use")
    assert result["attach"] == "Error: D1_ERROR: not authorized: SQLITE_AUTH"
    assert result["files"] == "Error: D1_ERROR: not authorized: SQLITE_AUTH"


def test_d1_sessions_move_their_bookmark_on(case: Case) -> None:
    assert case("d1-session") is True


def test_vectorize_answers_each_method(case: Case) -> None:
    result = case("vectorize")
    assert result["insert"]["mutationId"] != result["upsert"]["mutationId"]
    assert (result["info"]["dimensions"], result["info"]["vectorCount"]) == (3, 3)
    assert result["info"]["processedUpToMutation"] == result["upsert"]["mutationId"]
    nearest, next_one = result["query"]["matches"]
    assert (nearest["id"], nearest["score"]) == ("x", 1)
    assert nearest["metadata"] == {"kind": "axis"}
    assert (next_one["id"], next_one["score"]) == ("xy", pytest.approx(1 / 5**0.5))
    assert result["byId"]["matches"][0]["values"] == [0, 0, 1]
    assert result["got"] == [{"id": "xy", "values": [1, 2, 0], "namespace": "a"}]
    assert result["left"] == 2


def test_vectorize_refuses_with_its_codes(case: Case) -> None:
    result = case("vectorize")
    assert result["dimensions"] == (
        "Error: VECTOR_QUERY_ERROR (code = 40006): "
        "invalid query vector, expected 3 dimensions, and got 2 dimensions"
    )
    assert result["wide"].startswith("Error: VECTOR_UPSERT_ERROR (code = 40012): ")
    assert result["boolean"].startswith("Error: VECTOR_QUERY_ERROR (code = 40026): ")


def test_r2_keeps_an_object_and_gives_parts_of_it(case: Case) -> None:
    result = case("r2-objects")
    assert result.pop("http") == {
        "contentType": "text/x",
        "cacheExpiry": "2030-03-17T17:46:40.000Z",
    }
    assert result == {
        "etag": True,
        "text": "234",
        "range": {"offset": 2, "length": 3},
        "header": "89",
        "custom": {"ü": "☃"},
        "md5": 16,
        "empty": "",
        "absent": [None, None],
    }


def test_r2_runs_an_operation_only_if_its_condition_holds(case: Case) -> None:
    assert case("r2-conditions") == {"get": ["c", False], "put": None, "text": "1"}


def test_r2_lists_in_pages_and_groups_keys(case: Case) -> None:
    assert case("r2-list") == {
        "pages": [[["l/1", "l/2"], [], True], [[], ["l/d/", "l/e/"], False]],
        "custom": {"key": "l/1"},
        "left": ["l/d/1", "l/d/2", "l/e/1"],
    }


def test_r2_makes_an_object_of_parts_in_any_order(case: Case) -> None:
    result = case("r2-multipart")
    assert result["size"] == 5 * 1024**2 + 4
    assert result["etag"].endswith("-2")
    assert result["tail"] == "aatail"
    assert result["customMetadata"] == {"a": "1"}
    assert result["wrong"].endswith("specified parts could not be found. (10025)")
    assert result["late"].endswith("multipart upload does not exist. (10024)")


def test_r2_refuses_with_its_codes(case: Case) -> None:
    result = case("r2-refusals")
    codes = {name: text[-7:] for name, text in result.items()}
    assert codes == {
        "key": "(10020)",
        "metadata": "(10012)",
        "digest": "(10037)",
        "range": "(10039)",
    }


def test_r2_holds_what_a_worker_wrote_for_the_api_to_read(case: Case, storage: Stores) -> None:
    case("r2-conditions")
    bucket = storage.r2.buckets.require(ACCOUNT, "files", None)
    assert storage.r2.objects.get(bucket, "c").size == 1


def test_a_rate_limit_counts_each_key(case: Case) -> None:
    assert case("rate-limit") == [True, True, False, True]


def test_a_stored_secret_is_read_whenever_the_worker_asks(case: Case, storage: Stores) -> None:
    assert case("secret") == 'Error: Secret "KEY" not found'
    vault = storage.secrets_stores.ensure(ACCOUNT, "vault", "vault")
    new = SecretFields("KEY", "canary-é", scopes=("workers",))
    (secret,) = storage.secrets_stores.add(vault, [new])
    assert case("secret") == "canary-é"
    storage.secrets_stores.change(secret, SecretFields(value="rotated"))
    assert case("secret") == "rotated"


def test_a_data_point_is_kept_whole_without_waiting(case: Case, storage: Stores) -> None:
    refused = [it.removeprefix("TypeError: writeDataPoint(): Maximum of ") for it in case("points")]
    assert refused == ["1 indexes supported.", "96 bytes of indexes.", "16384 bytes of blobs."]
    store = AnalyticsStore(storage.database)
    eventually(lambda: len(store.points(ACCOUNT)) == 2)
    point, empty = store.points(ACCOUNT)
    assert (point.dataset, point.index1, point.doubles) == ("visits", "i", (1.5, 2.0))
    assert point.blobs == ("é", "x" * 9000)
    assert empty.blobs == ()


def test_ai_answers_whole_and_says_that_it_is_a_stand_in(case: Case, storage: Stores) -> None:
    result = case("ai-json")
    answer = result["answer"]
    assert "stand-in" in answer["response"]
    assert "Good morning" in answer["response"]
    usage = answer["usage"]
    assert usage["prompt_tokens"] == 2
    assert usage["total_tokens"] == 2 + usage["completion_tokens"]
    run = next(run for run in storage.ai.entries() if run["id"] == result["log"])
    assert run["gateway"] == {"id": "gw", "metadata": {"t": 1}}
    assert run["status"] == "done"


def test_ai_streams_word_by_word(case: Case) -> None:
    chunks = case("ai-stream")
    events = "".join(text for _, text in chunks).strip().split("\n\n")
    assert events[-1] == "data: [DONE]"
    data = [json.loads(event.removeprefix("data: ")) for event in events[:-1]]
    assert "".join(one["response"] for one in data).endswith('You said: "Hello"')
    assert data[-1]["usage"]["completion_tokens"] == len(data) - 1
    assert chunks[-1][0] - chunks[0][0] > 100, "it came at once"


def test_ai_stops_when_the_worker_cancels(case: Case, storage: Stores) -> None:
    case("ai-cancel")
    eventually(lambda: _last(storage, "@cf/meta/llama-3.2-3b-instruct")["status"] == "cancelled")
    assert 1 <= _last(storage, "@cf/meta/llama-3.2-3b-instruct")["tokens"] < 10


def test_ai_embeds_texts_as_unit_vectors(case: Case) -> None:
    result = case("ai-embeddings")
    assert result["shape"] == [2, 768]
    for vector in result["data"]:
        assert sum(value * value for value in vector) == pytest.approx(1)


def test_ai_fails_as_workers_ai_does(case: Case, storage: Stores) -> None:
    result = case("ai-failures")
    no_model = "InferenceUpstreamError: 5007: No such model @cf/absent/nothing or task"
    assert result["unknown"] == no_model
    assert result["input"].startswith("InferenceUpstreamError: 5006: ")
    assert result["fail"].startswith("InferenceUpstreamError: 3043: ")
    assert "Error" in result["midstream"], "the stream must break, not end"
    assert _last(storage, "@localedge/fail-midstream")["tokens"] == 3


def test_ai_can_keep_silent_until_the_worker_gives_up(case: Case, storage: Stores) -> None:
    assert case("ai-slow") == "late"
    eventually(lambda: _last(storage, "@localedge/slow")["status"] == "cancelled")


def _last(storage: Stores, model: str) -> dict[str, Any]:
    return [run for run in storage.ai.entries() if run["model"] == model][-1]
