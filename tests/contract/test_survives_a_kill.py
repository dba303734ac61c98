"""What localedge was given, and what it was in the middle of, is there again after a kill -9.

One kill strikes all of it: objects, parts of an upload, a queue's delivery, a workflow's step.
"""

import socket
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from cloudflare import Cloudflare

from support import loopback
from support.control_plane import form
from support.data_plane import eventually
from support.localedge import LocalEdge, start_localedge
from support.queues import Queues
from support.workers import COUNTER
from support.workflows import Workflows

ACCOUNT = ("0" * 31 + "e", "survivor", "token-survivor")
JOBS = {"type": "queue", "name": "JOBS", "queue_name": "jobs"}
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


@dataclass
class Survivor:
    """A localedge that came back, and what was under way in the one that was killed."""

    edge: LocalEdge
    api: Cloudflare
    state: Path
    queues: Queues
    workflows: Workflows
    jobs: str
    """The id of the queue."""
    answer: dict[str, Any]
    """The counter's last answer before the kill."""
    upload: dict[str, Any]
    """The multipart upload whose second part was cut off."""
    started: list[int]
    """The processes that the killed one had started."""


def client(edge: LocalEdge) -> Cloudflare:
    return Cloudflare(api_token=ACCOUNT[2], base_url=edge.api, max_retries=0)


@pytest.fixture(scope="module")
def survivor(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Survivor]:
    """Begin everything, kill localedge, and start it again."""
    state = tmp_path_factory.mktemp("state")
    with start_localedge(state, [ACCOUNT]) as edge, client(edge) as api:
        jobs, queues, workflows = begin(edge, api)
        answer = count(edge)
        upload = begin_upload(edge, api)
        with send_half_a_part(edge, upload["uploadId"]):
            eventually(lambda: len(parts(state)) == 2 and all(parts(state)))
            started = edge.children()
            edge.kill()
    with start_localedge(state, [ACCOUNT]) as edge, client(edge) as api:
        queues = Queues(edge, api, *ACCOUNT[:2], queues.seen_id)
        workflows = Workflows(edge, api, *ACCOUNT[:2], workflows.seen_id)
        yield Survivor(edge, api, state, queues, workflows, jobs, answer, upload, started)


def begin(edge: LocalEdge, api: Cloudflare) -> tuple[str, Queues, Workflows]:
    """Begin a delivery and a step that never end by themselves; send one more message."""
    queues = Queues.open(edge, api, *ACCOUNT[:2])
    (jobs,) = queues.make("jobs")
    queues.deploy("sender", "sender", JOBS)
    queues.consume(jobs, "sender", max_concurrency=1)
    workflows = Workflows.open(edge, api, *ACCOUNT[:2])
    workflows.create("hangs", '{"hang": true, "number": 3}')
    queues.ask("sender", "/batch", [{"hang": True}])
    eventually(lambda: bool(queues.seen("jobs")))
    queues.ask("sender", "/batch", [{"late": True}])
    eventually(lambda: workflows.runs("hangs", "hang") == 1)
    return jobs, queues, workflows


def begin_upload(edge: LocalEdge, api: Cloudflare) -> dict[str, Any]:
    """Upload the first part of an object, by a Worker."""
    api.r2.buckets.create(account_id=ACCOUNT[0], name="files")
    files = [{"type": "r2_bucket", "name": "FILES", "bucket_name": "files"}]
    deploy(edge, "uploads", UPLOADS, bindings=files)
    begun: dict[str, Any] = edge.get(f"uploads.{ACCOUNT[1]}").json()
    eventually(lambda: ran(edge) != [])
    return begun


def count(edge: LocalEdge) -> dict[str, Any]:
    """Deploy the counter, and ask it."""
    bindings = [
        {"type": "version_metadata", "name": "BUILD"},
        {"type": "durable_object_namespace", "name": "COUNTER", "class_name": "Counter"},
    ]
    migrations = {"new_tag": "v1", "steps": [{"new_sqlite_classes": ["Counter"]}]}
    deploy(edge, "counter", COUNTER, bindings=bindings, migrations=migrations)
    answer: dict[str, Any] = edge.get(f"counter.{ACCOUNT[1]}").json()
    return answer


def deploy(edge: LocalEdge, script: str, code: str, **metadata: Any) -> None:
    """Deploy a Worker, and make it public."""
    url = f"{edge.api}/accounts/{ACCOUNT[0]}/workers/scripts/{script}"
    token = {"authorization": f"Bearer {ACCOUNT[2]}"}
    upload = form(code, compatibility_date="2026-01-15", **metadata)
    put = loopback.put(url, files=upload, headers=token, timeout=60)
    assert put.is_success, put.text
    public = {"enabled": True}
    assert loopback.post(f"{url}/subdomain", json=public, headers=token, timeout=60).is_success


def send_half_a_part(edge: LocalEdge, upload: str) -> socket.socket:
    """Send the head of a request with a part and half of its body; return the open connection."""
    connection = socket.create_connection(("127.0.0.1", edge.port))
    head = f"PUT /?id={upload} HTTP/1.1\r\nHost: uploads.{ACCOUNT[1]}.workers.localhost\r\n"
    connection.sendall(f"{head}Content-Length: {2 * HALF}\r\n\r\n".encode() + bytes(HALF))
    return connection


def parts(state: Path) -> list[int]:
    """Return the sizes of the files that R2 has on the disk."""
    return [it.stat().st_size for it in (state / "r2").iterdir() if it.is_file()]


def ran(edge: LocalEdge) -> list[tuple[str, list[str]]]:
    """Return the outcomes of the Worker's events, each with the first line that it logged."""
    events = edge.control("GET", "events/uploads").json()
    return [(it["outcome"], it["logs"][0]["message"]) for it in events]


def attempts(queues: Queues) -> list[tuple[Any, int]]:
    return [(it["body"], it["attempts"]) for it in queues.seen("jobs")]


def backlog(queues: Queues, queue_id: str) -> float:
    metrics = queues.client.queues.get_metrics(queue_id, account_id=queues.account)
    assert metrics is not None
    return float(metrics.backlog_count)


def test_processes_that_it_started_end(survivor: Survivor) -> None:
    assert survivor.started
    deadline = time.monotonic() + 60
    while alive := [pid for pid in survivor.started if Path(f"/proc/{pid}").exists()]:
        assert time.monotonic() < deadline, alive
        time.sleep(0.05)


def test_a_worker_and_its_objects_are_there(survivor: Survivor) -> None:
    after = survivor.edge.get(f"counter.{ACCOUNT[1]}").json()
    assert after == {**survivor.answer, "count": survivor.answer["count"] + 1}


def test_a_multipart_upload_goes_on(survivor: Survivor) -> None:
    edge = survivor.edge
    assert ran(edge) == [("ok", ["began"])]
    assert "log began" in edge.control("GET", "logs/uploads").text
    host = {"host": f"uploads.{ACCOUNT[1]}.workers.localhost:{edge.port}"}
    ended = loopback.post(edge.url, json=survivor.upload, headers=host, timeout=60)
    assert ended.json() == 5 * 1024**2 + 4
    objects = survivor.api.r2.buckets.objects
    stored = objects.get("big", account_id=ACCOUNT[0], bucket_name="files")
    assert stored.read()[-6:] == b"aatail"
    assert parts(survivor.state) == [5 * 1024**2 + 4], "what no object has is gone"


def test_a_delivery_is_repeated_and_what_waited_is_delivered(survivor: Survivor) -> None:
    queues = survivor.queues
    wanted = [({"hang": True}, 1), ({"hang": True}, 2), ({"late": True}, 1)]
    eventually(lambda: [it for it in wanted if it in attempts(queues)] == wanted)
    eventually(lambda: backlog(queues, survivor.jobs) == 0)


def test_a_step_is_repeated_and_a_finished_one_is_not(survivor: Survivor) -> None:
    workflows = survivor.workflows
    eventually(lambda: workflows.status("hangs") == "complete")
    assert workflows.get("hangs").output == '{"doubled": 6, "by": "first"}'
    assert workflows.runs("hangs", "first") == 1
    assert workflows.runs("hangs", "hang") == 2
