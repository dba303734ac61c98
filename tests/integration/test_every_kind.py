"""One Worker with every kind of binding and every setting: the same after either engine.

What is deployed is no drift, and each edit through Cloudflare's API is found and named.
"""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from edgefleet.build.wrangler import CREATE_NOTHING
from edgefleet.cloudflare.account import Account
from edgefleet.cloudflare.client import Cloudflare
from edgefleet.cloudflare.named_resources import ResourceKind, named
from edgefleet.cloudflare.worker.binding_types import KINDS
from edgefleet.cloudflare.worker.bundle import Bundle, Module
from edgefleet.cloudflare.worker.metadata import bindings, metadata
from edgefleet.cloudflare.worker.migrations import pending
from edgefleet.core.secret import Secret
from edgefleet.state.diff import diff
from edgefleet.state.flat_state import desired_state, managed_only
from edgefleet.state.live_state import Observer
from edgefleet.state.models import Change
from support import loopback
from support.localedge import start_localedge
from support.project import ROOT
from support.uploads import CODE, ELSEWHERE, LOCAL, VARS, by_name, config
from support.wrangler import Wrangler

ACCOUNT, TOKEN = "a" * 32, "token-of-every-kind-7d1c5a"
SCRIPT = "everything"
OTHER_DATABASE = "0c4f2a8e-5b1d-4e53-9f0a-6d2b7c1e8a90"
SECOND: dict[str, Any] = {
    "kv_namespaces": [{"binding": "KV", "id": "2" * 32}],
    "d1_databases": [{"binding": "DB", "database_name": "d", "database_id": OTHER_DATABASE}],
    "r2_buckets": [
        {"binding": "BUCKET", "bucket_name": "bucket-2"},
        {"binding": "BUCKET_EU", "bucket_name": "bucket-2", "jurisdiction": "eu"},
    ],
    "queues": {"producers": [{"binding": "QUEUE", "queue": "queue-2"}]},
    "vectorize": [{"binding": "INDEX", "index_name": "index-2"}],
    "hyperdrive": [{"binding": "POOL", "id": "2" * 32}],
}
"""What an edit binds to in place of the resources of the file."""
MODULE = Module(
    name="index.js", content_type="application/javascript+module", content=CODE.encode()
)
BUNDLE = Bundle(main_module="index.js", modules=(MODULE,), builder="a test")
SETTINGS: dict[str, Any] = {
    "compatibility_flags": ["nodejs_compat"],
    "limits": {"cpu_ms": 50},
    "placement": {"region": "aws:us-east-1"},
    "cache": {"enabled": True},
    "logpush": True,
    "observability": {"enabled": True, "head_sampling_rate": 0.5},
    "tail_consumers": [{"service": "other"}],
    "triggers": {"crons": ["17 3 * * *"]},
    "workers_dev": True,
    "preview_urls": False,
}
PEM = (ROOT / "tests/fixtures/tls/loopback.pem").read_text()
CERTIFICATE, KEY = re.findall(r"-----BEGIN .+?-----END [A-Z ]+-----", PEM, re.DOTALL)


class Everything:
    """The Worker, for wrangler, for the API and for an edit behind its back."""

    def __init__(self, folder: Path, url: str) -> None:
        self.api = Cloudflare(url, Secret(TOKEN))
        self.account = Account(self.api, ACCOUNT)
        self.script = self.account.script(SCRIPT)
        self.wrangler = Wrangler(folder, url, TOKEN)
        self._url = f"{url}/accounts/{ACCOUNT}"
        self.others: dict[str, tuple[str, str]] = {}
        self.resolved = self._make()
        self.wrangler.write_config(self.resolved)
        (folder / "index.js").write_text(CODE)

    def ask(self, method: str, path: str, body: Any = None) -> Any:
        """Ask the API, which must not refuse."""
        headers = {"authorization": f"Bearer {TOKEN}"}
        asked = loopback.request(method, self._url + path, headers=headers, json=body, timeout=60)
        assert asked.is_success, (path, asked.text)
        return asked.json()["result"]

    def edit(self, path: str, body: Any, method: str = "PATCH") -> None:
        """Change something of the script."""
        self.ask(method, f"/workers/scripts/{SCRIPT}{path}", body)

    def edit_settings(self, **settings: Any) -> None:
        """Change bindings and settings of the live version, as the dashboard does."""
        url = f"{self._url}/workers/scripts/{SCRIPT}/settings"
        form = {"settings": (None, json.dumps(settings))}
        headers = {"authorization": f"Bearer {TOKEN}"}
        edited = loopback.patch(url, headers=headers, files=form, timeout=60)
        assert edited.is_success, edited.text

    def put(self) -> str:
        """Upload the whole script without wrangler."""
        tag = self.account.observe(SCRIPT).migration_tag
        form = metadata(
            self.resolved,
            main_module="index.js",
            migrations=pending(self.resolved, tag),
            first=True,
        )
        return self.script.upload(form, BUNDLE.modules)

    def post(self) -> str:
        """Upload one more version without wrangler."""
        form = metadata(self.resolved, main_module="index.js", first=False)
        return self.script.versions.upload(form, BUNDLE.modules)

    def stored(self, version_id: str) -> dict[str, Any]:
        """Return what Cloudflare keeps of a version, but for ids that each script gets anew."""
        found = self.ask("GET", f"/workers/scripts/{SCRIPT}/versions/{version_id}")["resources"]
        del found["script"]["last_deployed_from"]
        for binding in found["bindings"]:
            if binding["type"] == "durable_object_namespace":
                del binding["namespace_id"]
        return by_name(found)

    def drift(self) -> tuple[Change, ...]:
        """Return what is not as the file says."""
        live = Observer(self.account).facts(SCRIPT, self.account.observe(SCRIPT))
        return diff(desired_state(self.resolved, BUNDLE), managed_only(live, self.resolved))

    def _make(self) -> dict[str, Any]:
        """Make what is not provisioned, and return the configuration that binds to it all."""
        for name in ("other", "o"):
            made = config(name=name, migrations=[{"tag": "v1", "new_classes": ["Room", "Order"]}])
            steps = pending(made, None)
            form = metadata(made, main_module="index.js", migrations=steps, first=True)
            self.account.script(name).upload(form, BUNDLE.modules)
        flow = {"script_name": "other", "class_name": "Order"}
        self.ask("PUT", "/workflows/flow-2", flow)
        for name in ("n", "n-2"):
            self.ask("POST", "/workers/dispatch/namespaces", {"name": name})
        for name in ("memory", "memory-2"):
            self.ask("POST", "/agent-memory/namespaces", {"name": name})
        stores = "/secrets_store/stores"
        store = self.ask("POST", stores, {"name": "store"})["id"]
        for name in ("n", "n-2"):
            secret = {"name": name, "value": "v", "scopes": ["workers"]}
            self.ask("POST", f"{stores}/{store}/secrets", [secret])
        pair = {"certificates": CERTIFICATE, "private_key": KEY, "ca": False}
        first, second = (
            self.ask("POST", "/mtls_certificates", {"name": name, **pair})["id"]
            for name in ("client", "client-2")
        )
        self.others = {
            "kv_namespace": ("namespace_id", "2" * 32),
            "d1": ("id", OTHER_DATABASE),
            "r2_bucket": ("bucket_name", "bucket-2"),
            "queue": ("queue_name", "queue-2"),
            "vectorize": ("index_name", "index-2"),
            "hyperdrive": ("id", "2" * 32),
            "service": ("service", "o"),
            "durable_object_namespace": ("class_name", "Order"),
            "dispatch_namespace": ("namespace", "n-2"),
            "secrets_store_secret": ("secret_name", "n-2"),
            "mtls_certificate": ("certificate_id", second),
            "agent_memory": ("namespace", "memory-2"),
        }
        made = {
            "vars": VARS,
            "migrations": [{"tag": "v1", "new_sqlite_classes": ["Room", "Order"]}],
            "secrets_store_secrets": [{"binding": "STORED", "store_id": store, "secret_name": "n"}],
            "mtls_certificates": [{"binding": "CERTIFICATE", "certificate_id": first}],
        }
        return config(**{**LOCAL, **ELSEWHERE, **SETTINGS, **made})


@pytest.fixture(scope="module")
def everything(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Everything]:
    folder = tmp_path_factory.mktemp("everything")
    named = []
    for number, keys in enumerate((ELSEWHERE, SECOND)):
        named.append(folder / f"provision-{number}.json")
        named[-1].write_text(json.dumps({"account_id": ACCOUNT, **keys}))
    accounts = [(ACCOUNT, "every", TOKEN)]
    state = tmp_path_factory.mktemp("state")
    with start_localedge(state, accounts, provision=named, runtime="none") as edge:
        yield Everything(folder, edge.api)


@pytest.fixture
def deployed(everything: Everything) -> Everything:
    """Deploy what an edit is to change."""
    everything.put()
    everything.edit("/schedules", [{"cron": cron} for cron in SETTINGS["triggers"]["crons"]], "PUT")
    everything.edit("/subdomain", {"enabled": True, "previews_enabled": False}, "POST")
    assert everything.drift() == ()
    return everything


def test_engines_leave_the_same_behind(everything: Everything) -> None:
    """One upload of the whole script and one of a version by each; none leaves a difference."""
    everything.wrangler.ok("deploy", CREATE_NOTHING)
    (first,) = everything.wrangler.records("deploy")
    by_wrangler = everything.stored(first["version_id"])
    assert everything.drift() == ()
    assert by_wrangler["bindings"].keys() == {
        entry["name"] for entry in bindings(everything.resolved)
    }
    everything.wrangler.ok("versions", "upload", CREATE_NOTHING)
    (later,) = everything.wrangler.records("version-upload")
    assert everything.stored(everything.post()) == everything.stored(later["version_id"])

    everything.edit("?force=true", None, "DELETE")
    by_api = everything.put()
    assert everything.stored(by_api) == by_wrangler
    # Triggers are no part of an upload: edgefleet writes them after it.
    assert {change.path for change in everything.drift()} == {"crons", "workers_dev"}


def test_everything_that_is_bound_is_there_and_nothing_else(everything: Everything) -> None:
    """Of kinds that localedge has no API for it says that it does not know."""
    resources, wanted = everything.account.resources, list(named(everything.resolved))
    present = resources.present(wanted)
    unknown = {one for one, there in present.items() if there is None}
    assert [one.words for one, there in present.items() if there is False] == []
    others = [one._replace(name="0" * 32, scope=one.scope and "other") for one in wanted]
    absent = {one.kind for one, there in resources.present(others).items() if there is False}
    assert absent == {one.kind for one in wanted if one not in unknown} - {ResourceKind.ENTRYPOINT}


def edited(found: dict[str, Any], others: dict[str, tuple[str, str]]) -> dict[str, Any] | None:
    """Return a binding that points to something else; None where it points to nothing."""
    if found["type"] in others:
        key, value = others[found["type"]]
        return {**found, key: value}
    text = next((key for key in found if key not in {"type", "name"} and found[key]), None)
    if text is None or not isinstance(found[text], str):
        return None
    return {**found, text: f"{found[text]}-2"}


def test_edits_of_bindings_are_found(deployed: Everything) -> None:
    shown = deployed.ask("GET", f"/workers/scripts/{SCRIPT}/settings")["bindings"]
    values = [entry for entry in shown if entry["type"] in {"plain_text", "json"}]
    bound = [entry for entry in shown if entry not in values]
    elsewhere = {"", "assets"}  # of any type; and what needs an upload of files
    kinds = {kind.type for kind in KINDS.values()} - elsewhere
    assert {entry["type"] for entry in bound} >= kinds
    new = {entry["name"]: edited(entry, deployed.others) for entry in bound}
    deployed.edit_settings(bindings=[*values, *filter(None, new.values())])
    found = {change.path: change.kind for change in deployed.drift()}
    assert found == {
        f"bindings.{name}": "changed" if entry else "added" for name, entry in new.items()
    }


def test_edits_of_a_version_are_found(deployed: Everything) -> None:
    deployed.edit_settings(
        compatibility_date="2026-01-14",
        compatibility_flags=[],
        limits={"cpu_ms": 10},
        placement={"mode": "smart"},
        cache_options={"enabled": False},
    )
    assert {change.path for change in deployed.drift()} == {
        "compatibility_date",
        "compatibility_flags",
        "limits",
        "placement",
        "cache",
    }


def test_edits_of_the_script_are_found(deployed: Everything) -> None:
    logs = {"enabled": True, "head_sampling_rate": 1}
    settings = {"logpush": False, "tail_consumers": [], "observability": logs}
    deployed.edit("/script-settings", settings)
    deployed.edit("/schedules", [{"cron": "1 1 * * *"}], "PUT")
    deployed.edit("/subdomain", {"enabled": False, "previews_enabled": True}, "POST")
    deployed.edit("/secrets", {"name": "NEW", "text": "x", "type": "secret_text"}, "PUT")
    found = {change.path for change in deployed.drift()}
    deployed.edit("/secrets/NEW", None, "DELETE")
    assert found == {
        "logpush",
        "tail_consumers",
        "observability.head_sampling_rate",
        "crons",
        "workers_dev",
        "previews",
        "secrets.NEW",
    }
