"""Twenty Workers of plain wrangler, each with other kinds of bindings, and a fleet for them."""

import json
import re
import shutil
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from edgefleet.build.wrangler import CREATE_NOTHING
from edgefleet.cloudflare.account import Account
from edgefleet.cloudflare.client import Cloudflare
from edgefleet.cloudflare.settings import settings
from edgefleet.cloudflare.worker.bundle import Module
from edgefleet.cloudflare.worker.metadata import metadata
from edgefleet.cloudflare.worker.migrations import pending
from edgefleet.core.secret import Secret
from support import loopback
from support.localedge import LocalEdge, start_localedge
from support.project import ROOT, Project, make_project
from support.uploads import CODE, DATABASE, LOCAL
from support.wrangler import Wrangler

ACCOUNT = "a112adf4e3bb9bc61c24cfb98694dfaa"
TOKEN = "canary-adopt-0c9d1f7a52b84e63"
ZONE = "adopt.example"
PEM = (ROOT / "tests/fixtures/tls/loopback.pem").read_text()
CERTIFICATE, KEY = re.findall(r"-----BEGIN .+?-----END [A-Z ]+-----", PEM, re.DOTALL)
BASE = {
    "name": "worker",
    "main": "index.js",
    "compatibility_date": "2026-01-15",
    "vars": {"SHARED": "as in the base"},
}
LIVE_CODE = f"// what runs\n{CODE}"


def _local(*sections: str) -> dict[str, Any]:
    return {section: LOCAL[section] for section in sections}


ROOM = {"bindings": [{"name": "ROOM", "class_name": "Room"}]}
SQLITE = [{"tag": "v1", "new_sqlite_classes": ["Room"]}]
PROVISIONED: dict[str, Any] = {
    "kv_namespaces": [{"binding": "KV", "id": "1" * 32}],
    "d1_databases": [{"binding": "DB", "database_name": "db", "database_id": DATABASE}],
    "r2_buckets": [
        {"binding": "BUCKET", "bucket_name": "bucket"},
        {"binding": "BUCKET_EU", "bucket_name": "bucket", "jurisdiction": "eu"},
    ],
    "queues": {
        "producers": [
            {"binding": "QUEUE", "queue": "queue"},
            {"binding": "Q2", "queue": "jobs"},
        ]
    },
    "vectorize": [{"binding": "INDEX", "index_name": "index"}],
    "hyperdrive": [{"binding": "POOL", "id": "57b7076f58be42419276f058a8968187"}],
}
"""What localedge makes before it serves."""


def workers(made: dict[str, str]) -> dict[str, dict[str, Any]]:
    """Return the twenty, by tenant; `made` has the ids of what Cloudflare names itself."""
    return {
        "vars": {"vars": {"TEXT": "text", "LIST": [1, {"a": "2"}], "SHARED": "as in the base"}},
        "kv": {"kv_namespaces": [{**PROVISIONED["kv_namespaces"][0], "preview_id": "p"}]},
        "dee-one": {"d1_databases": PROVISIONED["d1_databases"]},
        "buckets": {"r2_buckets": PROVISIONED["r2_buckets"]},
        "objects": {"durable_objects": ROOM, "migrations": SQLITE},
        "objects-elsewhere": {
            "durable_objects": {
                "bindings": [{"name": "ROOM", "class_name": "Room", "script_name": "other"}]
            }
        },
        "queues": {
            "queues": {
                "producers": [{"binding": "QUEUE", "queue": "queue"}],
                "consumers": [{"queue": "jobs", "max_batch_size": 5, "max_retries": 7}],
            }
        },
        "searches": {
            "vectorize": PROVISIONED["vectorize"],
            "hyperdrive": PROVISIONED["hyperdrive"],
        },
        "services": {
            "services": [
                {"binding": "SERVICE", "service": "other"},
                {"binding": "NAMED", "service": "other", "entrypoint": "Room", "props": {"a": [1]}},
            ]
        },
        "dispatch": {
            "dispatch_namespaces": [
                {
                    "binding": "CUSTOMERS",
                    "namespace": "n",
                    "outbound": {"service": "o", "parameters": ["p", "q"]},
                }
            ]
        },
        "flows": {
            "workflows": [
                {"binding": "OWN", "name": "own-flow", "class_name": "Order"},
                {
                    "binding": "THEIRS",
                    "name": "flow-2",
                    "class_name": "Order",
                    "script_name": "other",
                },
            ]
        },
        "mail": _local("send_email"),
        "singles": _local(
            *("ai", "browser", "images", "media", "stream", "version_metadata", "analytics")
        ),
        "limits": _local("ratelimits", "unsafe"),
        "stores": {
            "secrets_store_secrets": [
                {"binding": "STORED", "store_id": made["store"], "secret_name": "n"}
            ],
            "mtls_certificates": [{"binding": "CERTIFICATE", "certificate_id": made["client"]}],
        },
        "pipes": _local("pipelines", "vpc_services", "vpc_networks"),
        "agents": {
            "agent_memory": [{"binding": "MEMORY", "namespace": "memory"}],
            **_local("ai_search", "ai_search_namespaces", "artifacts", "flagship", "k2"),
        },
        "others": {
            **_local("worker_loaders", "logfwdr", "unsafe_hello_world"),
            "analytics_engine_datasets": [{"binding": "SET", "dataset": "set"}],
        },
        "routed": {
            "routes": [
                {"pattern": f"www.{ZONE}/*", "zone_name": ZONE},
                {"pattern": f"app.{ZONE}", "custom_domain": True},
            ],
            "triggers": {"crons": ["17 3 * * *", "*/5 * * * *"]},
            "workers_dev": True,
            "preview_urls": False,
        },
        "settings": {
            "compatibility_flags": ["nodejs_compat"],
            "limits": {"cpu_ms": 50},
            "placement": {"region": "aws:us-east-1"},
            "cache": {"enabled": True},
            "logpush": True,
            "observability": {"enabled": True, "head_sampling_rate": 0.5},
            "tail_consumers": [{"service": "other"}],
        },
    }


@dataclass
class Adoption:
    """A fleet without tenants, and an account with Workers that edgefleet did not deploy."""

    project: Project
    edge: LocalEdge
    wrangler: Wrangler
    made: dict[str, str] = field(default_factory=dict)

    @property
    def account(self) -> Account:
        """The account, for uploads that need no wrangler."""
        return Account(Cloudflare(self.edge.api, Secret(TOKEN)), ACCOUNT)

    def ask(self, method: str, path: str, body: Any = None, account: str = ACCOUNT) -> Any:
        """Ask the API, which must not refuse."""
        url = f"{self.edge.api}/accounts/{account}{path}"
        headers = {"authorization": f"Bearer {TOKEN}"}
        asked = loopback.request(method, url, headers=headers, json=body, timeout=60)
        assert asked.is_success, (path, asked.text)
        return asked.json()["result"]

    def resolved(self, name: str, keys: dict[str, Any], account: str = ACCOUNT) -> dict[str, Any]:
        """Return the configuration of a Worker of plain wrangler."""
        plain = {"main": "index.js", "no_bundle": True, "compatibility_date": "2026-02-01"}
        return {"name": name, "account_id": account, **plain, **keys}

    def by_wrangler(
        self, name: str, keys: dict[str, Any], command: tuple[str, ...] = ("deploy",)
    ) -> None:
        """Deploy a Worker as its owner does, with plain wrangler."""
        self.wrangler.write_config(self.resolved(name, keys))
        self.wrangler.ok(*command, CREATE_NOTHING)

    def by_api(
        self, name: str, keys: dict[str, Any], account: str = ACCOUNT, code: str = LIVE_CODE
    ) -> None:
        """Deploy the same without wrangler, which takes a second of this machine."""
        resolved = self.resolved(name, keys, account)
        script = Account(Cloudflare(self.edge.api, Secret(TOKEN)), account).script(name)
        form = metadata(
            resolved, main_module="index.js", migrations=pending(resolved, None), first=True
        )
        kind = "application/javascript+module"
        script.upload(form, (Module(name="index.js", content_type=kind, content=code.encode()),))
        wanted = settings(resolved)
        parts = {"crons", "workers_dev", "script"}
        parts |= {
            key for key in ("routes", "domains", "consumers", "workflows") if getattr(wanted, key)
        }
        script.settings.write(wanted, parts)

    def edit(self, script: str, **settings: Any) -> None:
        """Change bindings of the live version, as the dashboard does."""
        url = f"{self.edge.api}/accounts/{ACCOUNT}/workers/scripts/{script}/settings"
        form = {"settings": (None, json.dumps(settings))}
        headers = {"authorization": f"Bearer {TOKEN}"}
        edited = loopback.patch(url, headers=headers, files=form, timeout=60)
        assert edited.is_success, edited.text

    @contextmanager
    def limited(self, *permissions: str) -> Iterator[None]:
        """Give the token these permissions alone, for the time of a block."""
        for given in (permissions, None):
            body = {"token": TOKEN, "permissions": given}
            assert self.edge.control("PUT", "permissions", json=body).status_code == 204
            if given is not None:
                yield

    def secret(self, script: str, name: str, value: str) -> None:
        """Set a secret."""
        body = {"name": name, "text": value, "type": "secret_text"}
        self.ask("PUT", f"/workers/scripts/{script}/secrets", body)

    def files(self) -> dict[str, str]:
        """Return the tenants' files, by their paths from the root."""
        root = self.project.root
        found = (path for path in sorted((root / "tenants").rglob("*")) if path.is_file())
        return {path.relative_to(root).as_posix(): path.read_text() for path in found}


def adopt_twenty(
    adopting: Adoption, by_wrangler: Collection[str]
) -> dict[str, tuple[list[Any], list[Any]]]:
    """Deploy the twenty and adopt each; return what differs and what is in no file, by tenant.

    Those that are not named are uploaded by the API, which is quicker.
    """
    found = {}
    for tenant, keys in workers(adopting.made).items():
        deploy = adopting.by_wrangler if tenant in by_wrangler else adopting.by_api
        deploy(f"{tenant}-staging", keys)
        words = ("--script", f"{tenant}-staging", "--download", "--format", "json")
        ran = adopting.project.run("adopt", "--account", ACCOUNT, *words)
        assert ran.code == 0, ran.said
        (one,) = json.loads(ran.out)
        found[tenant] = (one["changes"], one["unwritten"])
        # Else the account would be that of the first tenant.
        shutil.rmtree(adopting.project.root / "tenants" / tenant)
    return found


def make_fleet_of_nobody(folder: Path) -> Project:
    """Make a fleet as someone has it who begins: a Worker, and no tenant."""
    project = make_project(folder, ("package.json",), built=())
    (project.root / "fleet.jsonc").write_text("{}\n")
    (project.root / "tenants").mkdir()
    worker = project.root / "src/worker"
    worker.mkdir(parents=True)
    (worker / "index.js").write_text(CODE)
    (worker / "wrangler.jsonc").write_text(json.dumps(BASE, indent=2))
    project.commit()
    return project


@contextmanager
def adoption(folder: Path, accounts: tuple[tuple[str, str], ...] = ()) -> Iterator[Adoption]:
    """Serve an account, and `accounts` (id, name) that the same token opens."""
    project = make_fleet_of_nobody(folder / "fleet")
    provision = folder / "provision.json"
    provision.write_text(json.dumps({"account_id": ACCOUNT, **PROVISIONED}))
    every = [(ACCOUNT, "adopt", TOKEN), *((one, name, TOKEN) for one, name in accounts)]
    with start_localedge(folder / "edge", every, provision=[provision], runtime="none") as edge:
        project.environ = {
            "CLOUDFLARE_API_BASE_URL": edge.api,
            "EDGEFLEET_WORKERS_DEV": edge.workers_dev,
            "CLOUDFLARE_API_TOKEN": TOKEN,
        }
        plain = folder / "plain"
        plain.mkdir()
        (plain / "index.js").write_text(LIVE_CODE)
        adopting = Adoption(project, edge, Wrangler(plain, edge.api, TOKEN))
        adopting.made = _make(adopting)
        yield adopting


def _make(adopting: Adoption) -> dict[str, str]:
    """Make what the twenty bind to and nothing provisions; return the ids that have no name."""
    objects = {"migrations": [{"tag": "v1", "new_classes": ["Room", "Order"]}]}
    for name in ("other", "o"):
        adopting.by_api(name, objects)
    zone = {"name": ZONE, "account": {"id": ACCOUNT}}
    headers = {"authorization": f"Bearer {TOKEN}"}
    asked = loopback.request("POST", f"{adopting.edge.api}/zones", headers=headers, json=zone)
    assert asked.is_success, asked.text
    flow = {"script_name": "other", "class_name": "Order"}
    adopting.ask("PUT", "/workflows/flow-2", flow)
    adopting.ask("POST", "/workers/dispatch/namespaces", {"name": "n"})
    adopting.ask("POST", "/agent-memory/namespaces", {"name": "memory"})
    store = adopting.ask("POST", "/secrets_store/stores", {"name": "store"})["id"]
    stored = {"name": "n", "value": "v", "scopes": ["workers"]}
    adopting.ask("POST", f"/secrets_store/stores/{store}/secrets", [stored])
    pair = {"certificates": CERTIFICATE, "private_key": KEY, "ca": False, "name": "client"}
    client = adopting.ask("POST", "/mtls_certificates", pair)["id"]
    return {"store": store, "client": client}
