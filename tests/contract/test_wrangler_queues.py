"""wrangler makes queues and consumers, and deploys Workers that use them."""

import cloudflare

from support.accounts import Account
from support.localedge import LocalEdge
from support.wrangler import Wrangler

CODE = "export default { async fetch() {}, async queue() {} };"


def test_a_deploy_makes_a_consumer_and_a_command_removes_it(
    wrangler: Wrangler, account: Account, edge: LocalEdge
) -> None:
    wrangler.write_config(
        {
            "name": "queueing",
            "account_id": account.id,
            "compatibility_date": "2026-01-15",
            "main": "index.js",
            "workers_dev": False,
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
        wrangler.ok("queues", "consumer", "remove", "jobs", "queueing")
        assert not list(client.queues.consumers.list(queue.queue_id or "", account_id=account.id))
