"""The real wrangler makes a dispatch namespace and deploys into it; a Worker dispatches by name."""

from support.accounts import Account
from support.localedge import LocalEdge
from support.wrangler import Wrangler

USER = "export default { fetch: (_, env) => new Response(`${env.GREETING} from the user`) };"
PLATFORM = """
export default {
  fetch(request, env) {
    const name = new URL(request.url).pathname.slice(1);
    return env.DISPATCHER.get(name).fetch(request);
  },
};
"""
COMMON = {"main": "index.js", "compatibility_date": "2025-06-01"}


def test_a_worker_in_a_namespace_answers_by_its_name(
    edge: LocalEdge, account: Account, wrangler: Wrangler
) -> None:
    common = {**COMMON, "account_id": account.id}
    assert "Created dispatch namespace" in wrangler.ok("dispatch-namespace", "create", "users").said
    (wrangler.folder / "index.js").write_text(USER)
    wrangler.write_config({**common, "name": "ada", "vars": {"GREETING": "hello"}})
    wrangler.ok("deploy", "--dispatch-namespace", "users")
    (wrangler.folder / "index.js").write_text(PLATFORM)
    binding = {"binding": "DISPATCHER", "namespace": "users"}
    wrangler.write_config(
        {**common, "name": "platform", "workers_dev": True, "dispatch_namespaces": [binding]}
    )
    wrangler.ok("deploy")

    assert edge.get(f"platform.{account.subdomain}", "/ada").text == "hello from the user"
    assert edge.get(f"platform.{account.subdomain}", "/bob").status_code == 500
    assert edge.get(f"ada.{account.subdomain}").status_code == 404
    wrangler.ok("dispatch-namespace", "delete", "users")
    assert edge.get(f"platform.{account.subdomain}", "/ada").status_code == 500
