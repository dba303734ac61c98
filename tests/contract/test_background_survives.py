"""A kill in the middle of a queue's delivery and of a workflow's step loses nothing."""

from pathlib import Path
from typing import Any

from cloudflare import Cloudflare

from support.data_plane import eventually
from support.localedge import LocalEdge, start_localedge
from support.queues import Queues
from support.workflows import Workflows

ACCOUNT = ("0" * 31 + "e", "survivor", "token-survivor")
JOBS = {"type": "queue", "name": "JOBS", "queue_name": "jobs"}


def client(edge: LocalEdge) -> Cloudflare:
    return Cloudflare(api_token=ACCOUNT[2], base_url=edge.api, max_retries=0)


def attempts(queues: Queues) -> list[tuple[Any, int]]:
    return [(it["body"], it["attempts"]) for it in queues.seen("jobs")]


def backlog(queues: Queues, queue_id: str) -> float:
    metrics = queues.client.queues.get_metrics(queue_id, account_id=queues.account)
    assert metrics is not None
    return float(metrics.backlog_count)


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


def test_what_was_taken_on_goes_on_after_a_kill(tmp_path: Path) -> None:
    with start_localedge(tmp_path, [ACCOUNT]) as edge, client(edge) as api:
        jobs, queues, workflows = begin(edge, api)
        edge.kill()
    with start_localedge(tmp_path, [ACCOUNT]) as edge, client(edge) as api:
        queues = Queues(edge, api, *ACCOUNT[:2], queues.seen_id)
        workflows = Workflows(edge, api, *ACCOUNT[:2], workflows.seen_id)
        wanted = [({"hang": True}, 1), ({"hang": True}, 2), ({"late": True}, 1)]
        eventually(lambda: [it for it in wanted if it in attempts(queues)] == wanted)
        eventually(lambda: backlog(queues, jobs) == 0)
        eventually(lambda: workflows.status("hangs") == "complete")
        assert workflows.get("hangs").output == '{"doubled": 6, "by": "first"}'
        assert workflows.runs("hangs", "first") == 1, "a finished step is not repeated"
        assert workflows.runs("hangs", "hang") == 2
