"""wrangler makes queues, consumers and workflows, and deploys Workers that use them."""

import cloudflare

from support.accounts import Account
from support.localedge import LocalEdge
from support.wrangler import Wrangler

CODE = """
import { WorkflowEntrypoint } from "cloudflare:workers";
export class Flow extends WorkflowEntrypoint { async run({ payload }) { return payload.n; } }
export default { async fetch() {}, async queue() {} };
"""


def test_deploy_makes_a_consumer_and_a_workflow(
    wrangler: Wrangler, account: Account, edge: LocalEdge
) -> None:
    wrangler.write_config(
        {
            "name": "queueing",
            "account_id": account.id,
            "compatibility_date": "2026-01-15",
            "main": "index.js",
            "workers_dev": False,
            "workflows": [{"binding": "FLOW", "name": "flow", "class_name": "Flow"}],
            "queues": {
                "producers": [{"binding": "JOBS", "queue": "jobs"}],
                "consumers": [{"queue": "jobs", "max_batch_timeout": 2, "max_retries": 1}],
            },
        }
    )
    (wrangler.folder / "index.js").write_text(CODE)
    with cloudflare.Cloudflare(api_token=account.token, base_url=edge.api) as client:
        wrangler.ok("queues", "create", "jobs", "--delivery-delay-secs=3")
        assert "Consumer for jobs" in wrangler.ok("deploy").out
        (queue,) = client.queues.list(account_id=account.id)
        (consumer,) = client.queues.consumers.list(queue.queue_id or "", account_id=account.id)
        assert (queue.settings and queue.settings.delivery_delay) == 3
        assert consumer.settings is not None
        assert consumer.settings.max_retries == 1
        assert getattr(consumer.settings, "max_wait_time_ms", None) == 2000
        triggered = wrangler.ok("workflows", "trigger", "flow", '{"n": 7}').out
        (instance,) = client.workflows.instances.list("flow", account_id=account.id)
        assert instance.id in triggered
        wrangler.ok("queues", "consumer", "remove", "jobs", "queueing")
        assert not list(client.queues.consumers.list(queue.queue_id or "", account_id=account.id))
