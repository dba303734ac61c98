"""A script with a workflow, deployed by the API; its steps are noted in KV."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cloudflare import Cloudflare

from support import loopback
from support.control_plane import form
from support.localedge import LocalEdge

WORKER = (Path(__file__).parents[1] / "fixtures" / "workflow-worker.js").read_text()
BINDING = {"type": "workflow", "name": "ORDERS", "workflow_name": "orders", "class_name": "Order"}


@dataclass(frozen=True)
class Workflows:
    """An account with the workflow `orders` of the script `shop`."""

    edge: LocalEdge
    client: Cloudflare
    account: str
    subdomain: str
    seen_id: str

    @classmethod
    def open(cls, edge: LocalEdge, client: Cloudflare, account: str, subdomain: str) -> "Workflows":
        """Deploy the script and register its workflow."""
        made = client.kv.namespaces.create(account_id=account, title="STEPS")
        assert made is not None
        opened = cls(edge, client, account, subdomain, made.id)
        opened.deploy("first")
        client.workflows.update(
            "orders", account_id=account, script_name="shop", class_name="Order"
        )
        return opened

    def deploy(self, by: str) -> None:
        """Deploy the script; its instances tell `by` whom they were finished."""
        files = form(
            WORKER,
            compatibility_date="2026-01-01",
            bindings=[
                {"type": "plain_text", "name": "BY", "text": by},
                {"type": "kv_namespace", "name": "SEEN", "namespace_id": self.seen_id},
                BINDING,
            ],
        )
        path = f"{self.edge.api}/accounts/{self.account}/workers/scripts/shop"
        headers = {"authorization": f"Bearer {self.client.api_token}"}
        answer = loopback.put(path, files=files, headers=headers, timeout=60)
        assert answer.is_success, answer.text
        loopback.post(f"{path}/subdomain", json={"enabled": True}, headers=headers)

    def ask(self, path: str, instance: str, params: Any = None) -> Any:
        """Ask the Worker about an instance."""
        host = f"shop.{self.subdomain}.workers.localhost:{self.edge.port}"
        url = f"{self.edge.url}{path}?id={instance}"
        answer = loopback.post(url, json=params, headers={"host": host}, timeout=60)
        assert answer.is_success, answer.text
        return answer.json()

    def create(self, instance: str, params: str = "{}") -> None:
        """Create an instance by the API."""
        self.client.workflows.instances.create(
            "orders", account_id=self.account, instance_id=instance, params=params
        )

    def status(self, instance: str) -> str:
        """Return where an instance stands; the SDK cannot read one without an output."""
        answer = self.client.workflows.instances.with_raw_response.get(
            instance, account_id=self.account, workflow_name="orders"
        )
        status: str = json.loads(answer.read())["result"]["status"]
        return status

    def get(self, instance: str) -> Any:
        """Return an instance that has ended well, as the SDK reads it."""
        return self.client.workflows.instances.get(
            instance, account_id=self.account, workflow_name="orders"
        )

    def runs(self, instance: str, step: str) -> int:
        """Return how often a step's code ran."""
        keys = self.client.kv.namespaces.keys.list(
            self.seen_id, account_id=self.account, prefix=f"{instance}/{step}/"
        )
        return len(list(keys))
