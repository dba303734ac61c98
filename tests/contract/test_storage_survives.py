"""What was stored is there again after localedge was killed."""

import socket
from pathlib import Path

from cloudflare import Cloudflare

from support import loopback
from support.control_plane import form
from support.data_plane import eventually
from support.localedge import LocalEdge, start_localedge

UPLOADS = """
const part = new Uint8Array(5 * 1024 * 1024).fill(97);
export default { async fetch(request, { FILES }) {
  if (request.method === "GET") {
    const { uploadId } = await FILES.createMultipartUpload("big");
    const upload = FILES.resumeMultipartUpload("big", uploadId);
    console.log("began");
    return Response.json({ uploadId, first: await upload.uploadPart(1, part) });
  }
  if (request.method === "PUT") {
    const uploadId = new URL(request.url).searchParams.get("id");
    const upload = FILES.resumeMultipartUpload("big", uploadId);
    return Response.json(await upload.uploadPart(2, request.body));
  }
  const { uploadId, first } = await request.json();
  const upload = FILES.resumeMultipartUpload("big", uploadId);
  const last = await upload.uploadPart(2, "tail");
  return Response.json((await upload.complete([first, last])).size);
} };
"""
HALF = 3 * 1024**2
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


def test_a_multipart_upload_goes_on_after_a_kill(tmp_path: Path) -> None:
    with start_localedge(tmp_path, [ACCOUNT]) as edge, client(edge.api) as before:
        before.r2.buckets.create(account_id=ACCOUNT[0], name="files")
        deploy(edge)
        begun = edge.get(f"uploads.{ACCOUNT[1]}").json()
        eventually(lambda: ran(edge) != [])
        with send_half_a_part(edge, begun["uploadId"]):
            eventually(lambda: len(parts(tmp_path)) == 2 and all(parts(tmp_path)))
            edge.kill()
    with start_localedge(tmp_path, [ACCOUNT]) as edge, client(edge.api) as after:
        assert ran(edge) == [("ok", ["began"])]
        assert "log began" in edge.control("GET", "logs/uploads").text
        host = {"host": f"uploads.{ACCOUNT[1]}.workers.localhost:{edge.port}"}
        assert (
            loopback.post(edge.url, json=begun, headers=host, timeout=60).json() == 5 * 1024**2 + 4
        )
        stored = after.r2.buckets.objects.get("big", account_id=ACCOUNT[0], bucket_name="files")
        assert stored.read()[-6:] == b"aatail"
    assert parts(tmp_path) == [5 * 1024**2 + 4], "what no object has is gone"


def parts(state: Path) -> list[int]:
    """Return the sizes of the files that R2 has on the disk."""
    return [it.stat().st_size for it in (state / "r2").iterdir() if it.is_file()]


def send_half_a_part(edge: LocalEdge, upload: str) -> socket.socket:
    """Send the head of a request with a part and half of its body; return the open connection."""
    connection = socket.create_connection(("127.0.0.1", edge.port))
    head = f"PUT /?id={upload} HTTP/1.1\r\nHost: uploads.{ACCOUNT[1]}.workers.localhost\r\n"
    connection.sendall(f"{head}Content-Length: {2 * HALF}\r\n\r\n".encode() + bytes(HALF))
    return connection


def ran(edge: LocalEdge) -> list[tuple[str, list[str]]]:
    """Return the outcomes of the Worker's events, each with the first line that it logged."""
    events = edge.control("GET", "events/uploads").json()
    return [(it["outcome"], it["logs"][0]["message"]) for it in events]


def deploy(edge: LocalEdge) -> None:
    """Deploy the Worker that uploads, and make it public."""
    files = [{"type": "r2_bucket", "name": "FILES", "bucket_name": "files"}]
    url = f"{edge.api}/accounts/{ACCOUNT[0]}/workers/scripts/uploads"
    token = {"authorization": f"Bearer {ACCOUNT[2]}"}
    upload = form(UPLOADS, bindings=files, compatibility_date="2026-01-15")
    assert loopback.put(url, files=upload, headers=token, timeout=60).is_success
    public = {"enabled": True}
    assert loopback.post(f"{url}/subdomain", json=public, headers=token, timeout=60).is_success
