"""Commands of wrangler that hints name, as the hints write them: the real wrangler does them."""

import shlex
from typing import Any

import requests

from support.accounts import Account
from support.hint_ledger import kept
from support.localedge import LocalEdge
from support.pasting import fill
from support.wrangler import Ran, Wrangler

__all__ = ["kept"]

CODE = """
import { WorkflowEntrypoint } from "cloudflare:workers";
export class Flow extends WorkflowEntrypoint { async run({ payload }) { return payload.n; } }
export default { async fetch() { return new Response("hello"); }, async queue() {} };
"""


def paste(wrangler: Wrangler, command: str, account: Account, **left_open: str) -> Ran:
    """Run a command where no file names an account."""
    wrangler.folder.joinpath("wrangler.json").unlink(missing_ok=True)
    _, npx, words = fill(command, left_open).partition("npx wrangler ")
    assert npx
    environ = {"CLOUDFLARE_ACCOUNT_ID": account.id}
    ran = wrangler.run(*shlex.split(words), stdin="a value", **environ)
    assert ran.code == 0, ran.said
    return ran


def api(edge: LocalEdge, account: Account, method: str, path: str, body: Any = None) -> Any:
    """Ask for the result of a request below the account."""
    answer = requests.request(
        method,
        f"{edge.api}/accounts/{account.id}/{path}",
        json=body,
        headers={"Authorization": f"Bearer {account.token}"},
        timeout=30,
    )
    assert answer.ok, answer.text
    return answer.json()["result"]


def test_hints_free_and_remove_what_a_worker_has(
    wrangler: Wrangler, account: Account, edge: LocalEdge
) -> None:
    wrangler.write_config(
        {
            "name": "hinted",
            "account_id": account.id,
            "compatibility_date": "2026-01-15",
            "main": "index.js",
            "workflows": [{"binding": "FLOW", "name": "flow", "class_name": "Flow"}],
            "queues": {"consumers": [{"queue": "jobs"}]},
        }
    )
    (wrangler.folder / "index.js").write_text(CODE)
    queue = api(edge, account, "POST", "queues", {"queue_name": "jobs"})["queue_id"]
    wrangler.ok("deploy")
    (version,) = api(edge, account, "GET", "workers/scripts/hinted/versions")["items"]
    paste(wrangler, "npx wrangler queues consumer worker remove jobs hinted", account)
    api(edge, account, "POST", f"queues/{queue}/consumers", {"type": "http_pull"})
    paste(wrangler, "npx wrangler queues consumer http remove jobs", account)
    assert api(edge, account, "GET", f"queues/{queue}/consumers") == []
    live = version["id"]
    deployed = paste(
        wrangler,
        "npx wrangler versions deploy VERSION_ID@100% --name hinted",
        account,
        VERSION_ID=live,
    )
    assert live in deployed.said
    command = "npx wrangler secret put NAME --name SCRIPT"
    secret = paste(wrangler, command, account, NAME="KEY", SCRIPT="hinted")
    assert "KEY" in secret.said
    paste(wrangler, "npx wrangler workflows delete flow", account)
    paste(
        wrangler, f"CLOUDFLARE_ACCOUNT_ID={account.id} npx wrangler delete --name hinted", account
    )
    assert edge.get(f"hinted.{account.subdomain}").status_code == 404
    paste(wrangler, "npx wrangler agent-memory namespace create notes", account)
