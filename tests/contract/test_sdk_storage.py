"""The official SDK reads and writes storage, and validates every answer strictly."""

import hashlib
from collections.abc import Iterator
from typing import Any

import cloudflare
import pytest
from cloudflare import Cloudflare

from support import loopback
from support.accounts import Account
from support.localedge import LocalEdge
from support.sdk import strict_client

Its = dict[str, Any]
CHAT = "@cf/meta/llama-3.1-8b-instruct"


@pytest.fixture
def client(edge: LocalEdge, account: Account) -> Iterator[Cloudflare]:
    with strict_client(edge, account.token) as opened:
        yield opened


def test_namespaces_and_their_pairs(client: Cloudflare, account: Account) -> None:
    namespaces = client.kv.namespaces
    made = namespaces.create(account_id=account.id, title="CACHE")
    assert made is not None
    its: Its = {"account_id": account.id, "namespace_id": made.id}
    namespaces.values.update("a/b", value=b"\x00\xff", metadata={"m": 1}, expiration_ttl=600, **its)
    assert namespaces.values.get("a/b", **its).read() == b"\x00\xff"
    assert namespaces.metadata.get("a/b", **its) == {"m": 1}
    (key,) = namespaces.keys.list(**its)
    assert (key.name, key.metadata) == ("a/b", {"m": 1})
    assert [it.title for it in namespaces.list(account_id=account.id)] == ["CACHE"]
    namespaces.values.delete("a/b", **its)
    with pytest.raises(cloudflare.NotFoundError) as caught:
        namespaces.values.get("a/b", **its)
    assert caught.value.errors[0].code == 10009
    namespaces.delete(**its)
    with pytest.raises(cloudflare.NotFoundError):
        namespaces.get(**its)


def test_many_pairs_at_once(client: Cloudflare, account: Account) -> None:
    namespaces = client.kv.namespaces
    made = namespaces.create(account_id=account.id, title="BULK")
    assert made is not None
    its: Its = {"account_id": account.id, "namespace_id": made.id}
    pairs: Any = [{"key": f"k{number:03}", "value": str(number)} for number in range(25)]
    wrote = namespaces.bulk_update(body=pairs, **its)
    assert wrote is not None
    assert wrote.successful_key_count == 25
    assert len(list(namespaces.keys.list(limit=10, **its))) == 25, "pages are followed"
    read = namespaces.bulk_get(keys=["k001", "k002"], **its)
    assert read is not None
    assert read.values == {"k001": "1", "k002": "2"}
    namespaces.bulk_delete(body=["k001"], **its)
    assert len(list(namespaces.keys.list(**its))) == 24


def test_databases_and_their_sql(client: Cloudflare, account: Account) -> None:
    database = client.d1.database.create(account_id=account.id, name="sdk")
    assert database.uuid
    its: Its = {"account_id": account.id, "database_id": database.uuid}
    sql = "create table t (a); insert into t values (?)"
    assert all(it.success for it in client.d1.database.query(sql=sql, params=["x"], **its))
    (raw,) = client.d1.database.raw(sql="select a from t", **its)
    assert raw.results is not None
    assert (raw.results.columns, raw.results.rows) == (["a"], [["x"]])
    assert client.d1.database.get(**its).num_tables == 1
    assert [it.uuid for it in client.d1.database.list(account_id=account.id)] == [database.uuid]
    with pytest.raises(cloudflare.BadRequestError) as caught:
        client.d1.database.query(sql="select nope", **its)
    assert caught.value.errors[0].code == 7500
    client.d1.database.delete(**its)


def test_a_file_of_sql_goes_in_and_out(client: Cloudflare, account: Account) -> None:
    database = client.d1.database.create(account_id=account.id, name="files")
    assert database.uuid
    its: Its = {"account_id": account.id, "database_id": database.uuid}
    content = b"create table t (a); insert into t values ('x');"
    etag = hashlib.md5(content, usedforsecurity=False).hexdigest()
    begun = client.d1.database.import_(action="init", etag=etag, **its)
    assert begun.upload_url
    assert begun.filename
    assert loopback.put(begun.upload_url, content=content).status_code == 200
    done = client.d1.database.import_(action="ingest", etag=etag, filename=begun.filename, **its)
    assert done.status == "complete"
    exported = client.d1.database.export(output_format="polling", **its)
    assert exported.result is not None
    assert exported.result.signed_url
    assert "INSERT INTO \"t\" VALUES('x');" in loopback.get(exported.result.signed_url).text


def test_indexes_and_their_vectors(client: Cloudflare, account: Account) -> None:
    indexes = client.vectorize.indexes
    made = indexes.create(
        account_id=account.id, name="sdk", config={"dimensions": 2, "metric": "euclidean"}
    )
    assert made is not None
    its: Its = {"account_id": account.id, "index_name": "sdk"}
    body = b'{"id":"a","values":[1,0],"metadata":{"k":"x"}}\n{"id":"b","values":[0,1]}'
    with pytest.warns(DeprecationWarning, match="raw bytes"):  # the SDK warns of itself
        assert indexes.upsert(body=body, **its)
    found = indexes.query(vector=[1, 0.5], top_k=1, return_metadata="all", **its)
    assert found is not None
    assert found.matches is not None
    assert (found.matches[0].id, found.matches[0].metadata) == ("a", {"k": "x"})
    info = indexes.info(**its)
    assert info is not None
    assert (info.vector_count, info.dimensions) == (2, 2)
    indexes.metadata_index.create(property_name="k", index_type="string", **its)
    listed = indexes.metadata_index.list(**its)
    assert listed is not None
    assert listed.metadata_indexes is not None
    assert listed.metadata_indexes[0].property_name == "k"
    page = indexes.list_vectors(**its)
    assert page is not None
    assert [it.id for it in page.vectors] == ["a", "b"]
    assert [it.name for it in indexes.list(account_id=account.id)] == ["sdk"]
    indexes.delete_by_ids(ids=["a"], **its)
    indexes.delete(**its)


def test_ai_and_its_gateways(client: Cloudflare, account: Account) -> None:
    answer = client.ai.run(CHAT, account_id=account.id, prompt="Good morning")
    assert "Good morning" in str(answer)
    gateways = client.ai_gateway
    gateways.create(
        account_id=account.id,
        id="chat",
        cache_invalidate_on_update=True,
        cache_ttl=0,
        collect_logs=True,
        rate_limiting_interval=0,
        rate_limiting_limit=0,
    )
    assert gateways.get("chat", account_id=account.id).id == "chat"
    assert [it.id for it in gateways.list(account_id=account.id)] == ["chat"]
    with pytest.raises(cloudflare.NotFoundError):
        gateways.get("absent", account_id=account.id)


def test_vectors_are_inserted_and_read_by_id(client: Cloudflare, account: Account) -> None:
    indexes = client.vectorize.indexes
    config: Any = {"dimensions": 2, "metric": "cosine"}
    indexes.create(account_id=account.id, name="by-id", config=config)
    its: Its = {"account_id": account.id, "index_name": "by-id"}
    with pytest.warns(DeprecationWarning, match="raw bytes"):
        indexes.insert(body=b'{"id":"a","values":[1,0]}', **its)
    found: Any = indexes.get_by_ids(ids=["a", "absent"], **its)
    assert [it["id"] for it in found] == ["a"]
    indexes.metadata_index.create(property_name="k", index_type="number", **its)
    indexes.metadata_index.delete(property_name="k", **its)
    got = indexes.get(**its)
    assert got is not None
    assert got.name == "by-id"


def test_an_image_model_paints(client: Cloudflare, account: Account) -> None:
    model = "@cf/bytedance/stable-diffusion-xl-lightning"
    painted = client.ai.with_raw_response.run(model, account_id=account.id, prompt="a red door")
    assert painted.headers["content-type"].startswith("image/")
