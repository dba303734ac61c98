"""R17: Cloudflare deploys the 100 newest versions alone, and the one to go back to is older."""

import json

import requests

from integration.conftest import TENANTS, Stage, token
from integration.test_overwritten import cloudflare, deploy, git, live
from integration.test_pasted_hints import fresh, hints, paste
from support.hint_ledger import kept

__all__ = ["fresh", "kept"]

ONE = TENANTS[0]
STAGING = "bluey-ai-worker-staging"
TARGETS = ("--tenants", ONE, "--env", "staging")
PREVIEWS = 101


def upload_previews(stage: Stage) -> None:
    """Upload versions that are never deployed, as a CI with preview URLs does."""
    account = stage.project.wrangler(ONE)["account_id"]
    url = f"{stage.edge.api}/accounts/{account}/workers/scripts/{STAGING}/versions"
    module = "export default { fetch: () => new Response('preview') }"
    with requests.Session() as session:
        session.headers["Authorization"] = f"Bearer {token(ONE)}"
        for _ in range(PREVIEWS):
            metadata = json.dumps({"main_module": "index.js", "compatibility_date": "2026-01-15"})
            parts = {
                "metadata": (None, metadata, "application/json"),
                "index.js": ("index.js", module, "application/javascript+module"),
            }
            answer = session.post(url, files=parts, timeout=30)
            assert answer.ok, answer.text


def test_a_version_that_is_gone_is_refused_before_any_write(fresh: Stage) -> None:
    assert deploy(fresh, "staging").code == 0
    first = live(fresh, "staging")
    assert deploy(fresh, "staging").code == 0
    second = live(fresh, "staging")
    upload_previews(fresh)
    before = cloudflare(fresh, "staging", "GET", "/deployments")
    for goal in ("previous", first):
        ran = fresh.project.run("rollback", *TARGETS, "--to", goal)
        assert ran.code == 6, ran.said
        assert "not among the newest 100 versions" in ran.err
        assert f"rollback {' '.join(TARGETS)} --to {git(fresh, 'rev-parse', 'HEAD')}" in ran.err
    assert cloudflare(fresh, "staging", "GET", "/deployments") == before
    assert live(fresh, "staging") == second


def test_a_live_version_that_is_too_old_is_replaced_on_purpose(fresh: Stage) -> None:
    assert deploy(fresh, "staging").code == 0
    old = live(fresh, "staging")
    upload_previews(fresh)
    refused = deploy(fresh, "staging")
    assert refused.code == 6, refused.said
    assert "nothing was changed" in refused.err
    assert live(fresh, "staging") == old
    done = paste(fresh, f"{hints(refused)[0]} --force")  # the same commit once more
    assert done.code == 0, done.said
    assert "no check at 0 %" in done.err
    assert live(fresh, "staging") != old
    assert deploy(fresh, "staging").code == 0
