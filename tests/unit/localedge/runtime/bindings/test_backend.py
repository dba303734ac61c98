from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.routing import Mount

from localedge.model import ScriptRef, WorkerVersion
from support.data_plane import ACCOUNT, MemorySource
from support.storage import Api, Stores, stores

NAMESPACE = "0f2ac74b498b48028cb68387c421e279"
KV = {"type": "kv_namespace", "name": "KV", "namespace_id": NAMESPACE}
OTHER = {"type": "plain_text", "name": "VAR", "text": "t"}


class Counting(MemorySource):
    """Counts how often a version is read."""

    reads = 0

    def version(self, ref: ScriptRef, version_id: str) -> WorkerVersion | None:
        self.reads += 1
        return super().version(ref, version_id)


@pytest.fixture
def storage(tmp_path: Path) -> Iterator[Stores]:
    with stores(tmp_path) as opened:
        opened.kv.ensure(ACCOUNT, NAMESPACE, "KV")
        yield opened


@pytest.fixture
def source() -> Counting:
    return Counting()


@pytest.fixture
def api(storage: Stores, source: Counting) -> Api:
    return Api([Mount("/b", storage.backend(source))])


def headers(binding: str, url: str = "https://fake-host/key?urlencoded=true") -> dict[str, str]:
    return {"MF-Binding": binding, "MF-URL": url}


def test_an_attempt_at_rpc_is_answered_at_once(api: Api) -> None:
    answer = api.ask("GET", "/b/a/s/v?MF-Binding=KV", headers={"Upgrade": "websocket"})
    assert answer.status_code == 404


@pytest.mark.parametrize("binding", ["ABSENT", "VAR"])
def test_a_binding_that_is_not_served_is_an_error(api: Api, source: Counting, binding: str) -> None:
    version = source.upload("script", "", KV, OTHER)
    answer = api.ask("GET", f"/b/{ACCOUNT}/script/{version}", headers=headers(binding))
    assert answer.status_code == 400
    assert "no such binding" in answer.text


def test_an_unknown_version_is_an_error_until_it_is_there(api: Api, source: Counting) -> None:
    path = f"/b/{ACCOUNT}/script/00000001-0000-4000-8000-000000000000"
    assert api.ask("GET", path, headers=headers("KV")).status_code == 400
    source.upload("script", "", KV)
    assert api.ask("GET", path, headers=headers("KV")).status_code == 404, "no such key"


def test_a_version_is_read_once(api: Api, source: Counting) -> None:
    version = source.upload("script", "", KV)
    for _ in range(3):
        api.ask("GET", f"/b/{ACCOUNT}/script/{version}", headers=headers("KV"))
    assert source.reads == 1


def test_a_namespace_that_is_gone_is_no_absent_key(
    api: Api, source: Counting, storage: Stores
) -> None:
    version = source.upload("script", "", KV)
    storage.kv.clear()
    answer = api.ask("GET", f"/b/{ACCOUNT}/script/{version}", headers=headers("KV"))
    assert (answer.status_code, answer.text) == (400, "namespace not found")


def test_a_script_in_a_dispatch_namespace_has_bindings_too(api: Api, source: Counting) -> None:
    version = source.upload("Customers/acme", "", KV)
    answer = api.ask("GET", f"/b/{ACCOUNT}/Customers/acme/{version}", headers=headers("KV"))
    assert answer.status_code == 404, "no such key"


def test_what_ran_is_kept_by_script(api: Api) -> None:
    for script in ("script", "Customers/acme"):
        answer = api.ask("POST", f"/b/traces/{ACCOUNT}/{script}/v1", json=[{"outcome": "ok"}])
        assert answer.status_code == 204
