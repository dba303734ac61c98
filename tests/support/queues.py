"""Scripts that send to queues and consume them, deployed by the API."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cloudflare import Cloudflare

from support import loopback
from support.control_plane import form
from support.localedge import LocalEdge

WORKER = (Path(__file__).parents[1] / "fixtures" / "queue-worker.js").read_text()


@dataclass(frozen=True)
class Queues:
    """An account with queues; what its Workers saw is in the KV namespace `seen`."""

    edge: LocalEdge
    client: Cloudflare
    account: str
    subdomain: str
    seen_id: str

    @classmethod
    def open(cls, edge: LocalEdge, client: Cloudflare, account: str, subdomain: str) -> "Queues":
        """Make the namespace."""
        made = client.kv.namespaces.create(account_id=account, title="SEEN")
        assert made is not None
        return cls(edge, client, account, subdomain, made.id)

    def make(self, *names: str) -> list[str]:
        """Make queues; return their ids."""
        made = [
            self.client.queues.create(account_id=self.account, queue_name=name) for name in names
        ]
        return [str(it.queue_id) for it in made if it]

    def deploy(self, script: str, by: str, *bindings: dict[str, Any]) -> None:
        """Deploy the Worker; it notes that it is `by` whom a message was seen."""
        files = form(
            WORKER,
            compatibility_date="2026-01-01",
            bindings=[
                {"type": "plain_text", "name": "BY", "text": by},
                {"type": "kv_namespace", "name": "SEEN", "namespace_id": self.seen_id},
                *bindings,
            ],
        )
        path = f"/accounts/{self.account}/workers/scripts/{script}"
        headers = {"authorization": f"Bearer {self.client.api_token}"}
        answer = loopback.put(self.edge.api + path, files=files, headers=headers, timeout=60)
        assert answer.is_success, answer.text
        enabled = loopback.post(
            f"{self.edge.api}{path}/subdomain", json={"enabled": True}, headers=headers
        )
        assert enabled.is_success, enabled.text

    def consume(self, queue_id: str, script: str, dead: str = "", **settings: Any) -> None:
        """Make a script the consumer of a queue."""
        given: Any = {"max_wait_time_ms": 0, **settings}
        self.client.queues.consumers.create(
            queue_id,
            account_id=self.account,
            type="worker",
            script_name=script,
            dead_letter_queue=dead,
            settings=given,
        )

    def ask(self, script: str, path: str, body: Any = None) -> Any:
        """Ask a Worker to send."""
        host = f"{script}.{self.subdomain}.workers.localhost:{self.edge.port}"
        answer = loopback.post(self.edge.url + path, json=body, headers={"host": host}, timeout=60)
        assert answer.is_success, answer.text
        return answer.json()

    def seen(self, queue: str) -> list[dict[str, Any]]:
        """Return what was delivered from a queue so far."""
        its: Any = {"account_id": self.account, "namespace_id": self.seen_id}
        keys = self.client.kv.namespaces.keys.list(prefix=f"{queue}/", **its)
        values = [self.client.kv.namespaces.values.get(key.name, **its) for key in keys]
        return [json.loads(value.read()) for value in values]
