"""A fleet whose accounts are empty: tenants without a wrangler file, and a localedge for them."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pyjson5

from edgefleet.config.editing.edits import set_value
from support import loopback
from support.localedge import LocalEdge, start_localedge
from support.many import make_tenant, token
from support.project import PACKAGES, Project, make_project

SCRIPT = "ai-worker-staging"
"""The script of every tenant: the base names it."""
NAMESPACES = {
    f"{SCRIPT}-{name}": name.replace("-", "_").upper()
    for name in ("rate-limiter", "config", "cache")
}
"""The KV namespaces of our Worker in staging -> their bindings."""


@dataclass
class EmptyFleet:
    """A project and its Cloudflare; nothing is in the accounts but what tests put there."""

    project: Project
    edge: LocalEdge
    accounts: dict[str, str]
    """Tenant -> account."""

    def provision(self, tenants: str, *more: str, **environ: str) -> Any:
        """Run the command for staging."""
        options = ("--tenants", tenants, "--env", "staging", "--parallel", "4")
        return self.project.run("provision", *options, *more, **environ)

    def api(self, tenant: str, method: str, path: str, **options: Any) -> Any:
        """Make one request with the tenant's token, below its account; return the result."""
        answer = loopback.request(
            method,
            f"{self.edge.api}/accounts/{self.accounts[tenant]}/{path}",
            headers={"Authorization": f"Bearer {token(tenant)}", **options.pop("headers", {})},
            **options,
        )
        assert answer.is_success, answer.text
        return answer.json()["result"]

    def has(self, tenant: str) -> dict[str, dict[str, str]]:
        """Return what the tenant's account has, by kind, each name with its id."""
        lists = {
            "kv": ("storage/kv/namespaces?per_page=100", "title", "id"),
            "d1": ("d1/database?per_page=100", "name", "uuid"),
            "vectorize": ("vectorize/v2/indexes", "name", "name"),
            "gateways": ("ai-gateway/gateways", "id", "id"),
            "queues": ("queues", "queue_name", "queue_name"),
        }
        return {
            kind: {one[name]: one[key] for one in self.api(tenant, "GET", path)}
            for kind, (path, name, key) in lists.items()
        }

    def staging(self, tenant: str) -> dict[str, Any]:
        """Return what the tenant's own file says of staging."""
        found = pyjson5.loads(self.file(tenant).read_text())
        return dict(found["env"]["staging"])

    def file(self, tenant: str) -> Path:
        """Return the tenant's own wrangler file, which may not be there."""
        return self.project.root / "tenants" / tenant / "wrangler.jsonc"

    def creations(self) -> list[str]:
        """Return every request so far that was no read."""
        return [
            f"{one['method']} {one['path'].partition('/accounts/')[2].partition('/')[2]}"
            for one in self.edge.requests()
            if one["method"] not in {"GET", "HEAD"}
        ]

    def assert_whole(self, tenant: str) -> None:
        """Make sure that each resource of our Worker is there once, and its id in the file."""
        has, said = self.has(tenant), self.staging(tenant)
        assert has["kv"].keys() == NAMESPACES.keys()
        assert {entry["binding"]: entry["id"] for entry in said["kv_namespaces"]} == {
            NAMESPACES[name]: identity for name, identity in has["kv"].items()
        }
        name = f"{SCRIPT}-db"
        assert list(has["d1"]) == [name]
        database = {"binding": "DB", "database_name": name, "database_id": has["d1"][name]}
        assert said["d1_databases"] == [database]
        assert list(has["vectorize"]) == [f"{SCRIPT}-vectorize"]
        index = {"binding": "VECTORIZE", "index_name": f"{SCRIPT}-vectorize"}
        assert said["vectorize"] == [index]
        assert list(has["gateways"]) == [tenant]
        assert self.api(tenant, "GET", "workers/subdomain") == {"subdomain": tenant}


@contextmanager
def empty_fleet(folder: Path, names: Sequence[str]) -> Iterator[EmptyFleet]:
    """Make the fleet in `folder` and serve its accounts, without a runtime."""
    project = make_project(folder / "fleet", ("fleet.jsonc", "src/worker", *PACKAGES))
    accounts = {}
    for name in names:
        accounts[name] = make_tenant(project.root, name)
        (project.root / "tenants" / name / "wrangler.jsonc").unlink()
    tokens = [f"CLOUDFLARE_API_TOKEN_{name.upper()}={token(name)}" for name in names]
    (project.root / ".env.deploy").write_text("\n".join(tokens))
    project.commit()
    # Every account has some name below workers.dev when localedge starts.
    served = [(account, f"{name}-first", token(name)) for name, account in accounts.items()]
    with start_localedge(folder / "edge", served, runtime="none") as edge:
        project.environ = {
            "CLOUDFLARE_API_BASE_URL": edge.api,
            "EDGEFLEET_WORKERS_DEV": edge.workers_dev,
        }
        fleet = EmptyFleet(project, edge, accounts)
        for name in names:
            fleet.api(name, "DELETE", "workers/subdomain")
        edge.control("DELETE", "requests")
        yield fleet


def weather_a_storm(folder: Path, names: Sequence[str], budget: tuple[int, int]) -> None:
    """Provision a fleet of one owner while Cloudflare refuses requests again and again (429).

    `budget` is the owner's: so many requests in so many seconds.
    """
    most, seconds = budget
    with empty_fleet(folder, names) as fleet:
        file = fleet.project.root / "fleet.jsonc"
        file.write_text(set_value(file.read_text(), ("defaults", "owner"), "agency"))
        # A request is made four times at most.
        refused = {"method": "*", "path": "*", "kind": "status", "status": 429, "times": 3}
        refused["headers"] = {"Retry-After": "0.2"}
        bursts = range(20, len(names) * 15, 50)
        with fleet.edge.faults(*({**refused, "nth": nth} for nth in bursts)):
            ran = fleet.provision("all", "--apply", EDGEFLEET_API_BUDGET=f"{most}/{seconds}")
        assert ran.code == 0, ran.said
        seen = fleet.edge.requests()
        assert sum(one["status"] == 429 for one in seen) == 3 * len(bursts)
        made = [datetime.fromisoformat(one["at"]) for one in seen if "/ips" not in one["path"]]
        # So many windows lie between the first and the last one, whatever requests were late.
        windows = len(made) // most - 1
        assert windows > 0
        assert made[-1] - made[0] >= windows * timedelta(seconds=seconds)
        for name in names:
            fleet.assert_whole(name)
        fleet.edge.control("DELETE", "requests")
        again = fleet.provision("all", "--apply", "--resume")
        assert again.code == 0, again.said
        assert fleet.edge.requests() == []
