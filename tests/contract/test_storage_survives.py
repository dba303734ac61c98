"""What was stored is there again after localedge was killed."""

from pathlib import Path

from cloudflare import Cloudflare

from support.localedge import start_localedge

ACCOUNT = ("0" * 31 + "f", "survivor", "token-survivor")


def client(api: str) -> Cloudflare:
    return Cloudflare(api_token=ACCOUNT[2], base_url=api, max_retries=0)


def test_storage_survives_a_kill(tmp_path: Path) -> None:
    account = ACCOUNT[0]
    with start_localedge(tmp_path, [ACCOUNT], runtime="none") as edge, client(edge.api) as before:
        namespace = before.kv.namespaces.create(account_id=account, title="CACHE")
        assert namespace is not None
        before.kv.namespaces.values.update(
            "key", account_id=account, namespace_id=namespace.id, value=b"kept"
        )
        database = before.d1.database.create(account_id=account, name="db")
        sql = "create table t (a); insert into t values ('kept')"
        before.d1.database.query(database.uuid or "", account_id=account, sql=sql)
        before.vectorize.indexes.create(
            account_id=account, name="ix", config={"dimensions": 2, "metric": "cosine"}
        )
        edge.kill()
    with start_localedge(tmp_path, [ACCOUNT], runtime="none") as edge, client(edge.api) as after:
        value = after.kv.namespaces.values.get("key", account_id=account, namespace_id=namespace.id)
        assert value.read() == b"kept"
        (result,) = after.d1.database.query(
            database.uuid or "", account_id=account, sql="select a from t"
        )
        assert result.results == [{"a": "kept"}]
        assert [it.name for it in after.vectorize.indexes.list(account_id=account)] == ["ix"]
