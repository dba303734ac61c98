"""An upload through the API is what the real wrangler uploads, and leaves the same behind."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from edgefleet.build.bundle_store import BundleStore
from edgefleet.build.render import write_rendered
from edgefleet.cloudflare.client import Cloudflare
from edgefleet.cloudflare.script.client import WorkerScript
from edgefleet.cloudflare.worker.bundle import SOURCE_MAP, Bundle, Module
from edgefleet.cloudflare.worker.metadata import metadata
from edgefleet.cloudflare.worker.migrations import pending
from edgefleet.config.target import DEFAULT_ENVIRONMENTS, STAGING, Environment
from edgefleet.config.tenant import Tenant
from edgefleet.config.validate import require_valid
from edgefleet.core.secret import Secret
from integration.conftest import TENANTS, Stage, token
from support import loopback
from support.uploads import CODE, ELSEWHERE, LOCAL, VARS, by_name, dry_run, read_form
from support.wrangler import Wrangler

ONE, OTHER = TENANTS
TOLD = ("--tag", "a tag", "--message", "a message")
DEPLOY, UPLOAD = "deploy", "versions upload"
ANNOTATIONS = {"workers/tag": "a tag", "workers/message": "a message"}

MANY = Bundle(
    main_module="index.js",
    builder="a test",
    modules=(
        Module(
            name="index.js",
            content_type="application/javascript+module",
            content=b'import "./deep/more.js";\r\nimport text from "./deep/a text.txt";\n'
            b'import data from "./data.bin";\nimport wasm from "./empty.wasm";\n'
            + CODE.encode()
            + b"\n//# sourceMappingURL=index.js.map\n",
        ),
        Module(
            name="deep/more.js",
            content_type="application/javascript+module",
            content="export const name = 'ü';".encode(),
        ),
        Module(name="deep/a text.txt", content_type="text/plain", content=b"a\r\n--b\r\n"),
        Module(name="data.bin", content_type="application/octet-stream", content=bytes(range(256))),
        Module(name="empty.wasm", content_type="application/wasm", content=b"\0asm\1\0\0\0"),
        Module(
            name="index.js.map",
            content_type=SOURCE_MAP,
            content='{"version":3,"sources":["src/ü.ts"],"mappings":"","file":"index.js"}'.encode(),
        ),
    ),
)
"""One module of each type, and a source map."""

ROOM = {"bindings": [{"name": "ROOM", "class_name": "Room"}]}
V1 = {"tag": "v1", "new_sqlite_classes": ["Room"]}
SETTINGS: dict[str, Any] = {
    "logpush": True,
    "observability": {"enabled": True, "head_sampling_rate": 0.5, "logs": {"enabled": True}},
    "placement": {"mode": "smart"},
    "limits": {"cpu_ms": 50},
    "tail_consumers": [{"service": "tail-staging", "environment": "production"}],
    "compatibility_flags": ["nodejs_compat"],
}
OTHER_SETTINGS: list[dict[str, Any]] = [
    {
        "logpush": False,
        "observability": {"enabled": False},
        "placement": {"mode": "off"},
        "limits": {},
        "tail_consumers": [],
        "compatibility_flags": [],
    },
    {
        "placement": {"region": "aws:us-east-1"},
        "exports": {
            "Room": {"type": "durable-object", "storage": "sqlite"},
            "Page": {"type": "worker", "cache": {"enabled": True}},
        },
    },
]


class Subject:
    """A rendered configuration with its modules, for the real wrangler and for the API."""

    def __init__(self, stage: Stage, tenant: Tenant, environment: Environment, bundle: Bundle):
        folder = stage.project.root.parent / "rendered" / f"{tenant.name}-{environment}"
        config = write_rendered(tenant, environment, bundle, folder)
        self.resolved: dict[str, Any] = json.loads(config.read_text())
        self.bundle = bundle
        self.wrangler = Wrangler(folder, stage.edge.api, token(tenant.name))
        self.script = str(self.resolved["name"])
        api = Cloudflare(stage.edge.api, Secret(token(tenant.name)))
        self._uploads = WorkerScript(api, tenant.config.account_id, self.script)
        self._account = f"{stage.edge.api}/accounts/{tenant.config.account_id}"
        self._url = f"{self._account}/workers/scripts/{self.script}"

    def whole(self, tag: str | None = None) -> dict[str, Any]:
        """Describe an upload of the whole script, which is at migration `tag`."""
        return metadata(
            self.resolved,
            main_module=self.bundle.main_module,
            migrations=pending(self.resolved, tag),
            first=True,
        )

    def version(self) -> dict[str, Any]:
        """Describe one more version."""
        return metadata(
            self.resolved,
            main_module=self.bundle.main_module,
            annotations=ANNOTATIONS,
            first=False,
        )

    def put(self, tag: str | None = None) -> str:
        """Upload the whole script without wrangler."""
        return self._uploads.upload(self.whole(tag), self.bundle.modules)

    def post(self) -> str:
        """Upload a version without wrangler."""
        return self._uploads.versions.upload(self.version(), self.bundle.modules)

    def wrangler_deploy(self) -> str:
        """Upload with wrangler."""
        self.wrangler.ok("deploy")
        return str(self.wrangler.records("deploy")[-1]["version_id"])

    def wrangler_upload(self) -> str:
        """Upload a version with wrangler."""
        self.wrangler.ok("versions", "upload", *TOLD)
        return str(self.wrangler.records("version-upload")[-1]["version_id"])

    def ask(self, method: str, path: str, **options: Any) -> httpx.Response:
        """Ask for something of the script, which must succeed."""
        headers = {"authorization": f"Bearer {self.wrangler.token}"}
        answer = loopback.request(method, self._url + path, headers=headers, timeout=60, **options)
        assert answer.is_success, answer.text
        return answer

    def stored(self, version_id: str) -> dict[str, Any]:
        """Return all that is kept of a version, and the script's own settings."""
        version = self.ask("GET", f"/versions/{version_id}").json()["result"]
        content = self.ask("GET", f"/content/v2?version={version_id}")
        source = version["resources"]["script"].pop("last_deployed_from")
        assert source in {"wrangler", "api"}
        return {
            "resources": by_name(version["resources"]),
            "annotations": version["annotations"],
            "modules": read_form(content.content).modules,
            "entry": content.headers["cf-entrypoint"],
            "settings": self.ask("GET", "/script-settings").json()["result"],
        }

    def assert_parity(self, *commands: str) -> None:
        """Compare what wrangler would upload with what the API would get, for each command."""
        modules = {item.name: (item.content_type, item.content) for item in self.bundle.modules}
        whole = {key: value for key, value in self.whole().items() if key != "migrations"}
        asked = {DEPLOY: ((DEPLOY,), whole), UPLOAD: ((*UPLOAD.split(), *TOLD), self.version())}
        for words, mine in (asked[command] for command in commands):
            written = dry_run(self.wrangler, *words)
            assert by_name(written.metadata) == by_name(mine)
            assert written.modules == modules


Subjects = Callable[..., Subject]


@pytest.fixture(scope="module")
def bundle(quick_stage: Stage) -> Bundle:
    """Return the bundle that all tenants share."""
    return BundleStore(quick_stage.bundle.parent).load(quick_stage.bundle)


@pytest.fixture(scope="module")
def tenants(quick_stage: Stage) -> dict[str, Tenant]:
    """Return the validated tenants."""
    today = datetime.now(UTC).date()
    return {
        each.name: each
        for each in require_valid(
            quick_stage.project.root, TENANTS, DEFAULT_ENVIRONMENTS, today=today
        )
    }


@pytest.fixture
def made_up(quick_stage: Stage, tenants: dict[str, Tenant]) -> Subjects:
    """Return what makes a subject of a configuration that no tenant has."""

    def make(name: str, **keys: Any) -> Subject:
        wrangler = {
            "name": name,
            "main": "index.js",
            "compatibility_date": "2026-01-15",
            "env": {"staging": keys},
        }
        tenant = replace(tenants[OTHER], source=json.dumps(wrangler))
        return Subject(quick_stage, tenant, STAGING, MANY)

    return make


@pytest.mark.parametrize("environment", DEFAULT_ENVIRONMENTS)
@pytest.mark.parametrize("tenant", TENANTS)
def test_each_target_is_uploaded_as_wrangler_does(
    quick_stage: Stage,
    tenants: dict[str, Tenant],
    bundle: Bundle,
    tenant: str,
    environment: Environment,
) -> None:
    Subject(quick_stage, tenants[tenant], environment, bundle).assert_parity(
        DEPLOY if environment is STAGING else UPLOAD
    )


def test_all_bindings_and_modules_match_wranglers_upload(made_up: Subjects) -> None:
    bindings = {**LOCAL, **ELSEWHERE, "vars": VARS}
    made_up("everything", migrations=[V1], **bindings, **SETTINGS).assert_parity(DEPLOY)


@pytest.mark.parametrize(
    ("settings", "commands"), list(zip(OTHER_SETTINGS, [(DEPLOY, UPLOAD), (DEPLOY,)], strict=True))
)
def test_settings_are_uploaded_as_wrangler_does(
    made_up: Subjects, settings: dict[str, Any], commands: tuple[str, ...]
) -> None:
    made_up("settings", **settings).assert_parity(*commands)


def without_namespace_ids(stored: dict[str, Any]) -> dict[str, Any]:
    """Leave out what each new script gets anew."""
    resources = stored["resources"]
    bindings = {
        name: {key: value for key, value in binding.items() if key != "namespace_id"}
        if binding["type"] == "durable_object_namespace"
        else binding
        for name, binding in resources["bindings"].items()
    }
    return {**stored, "resources": {**resources, "bindings": bindings}}


def compare_what_is_left_behind(subject: Subject, tag: str) -> None:
    first = subject.stored(subject.wrangler_deploy())
    subject.ask("PUT", "/secrets", json={"name": "KEY", "text": "x", "type": "secret_text"})
    uploaded = subject.stored(subject.wrangler_upload())
    assert uploaded["resources"]["bindings"]["KEY"] == {"name": "KEY", "type": "secret_text"}
    assert subject.stored(subject.post()) == uploaded
    again = subject.stored(subject.put(tag))
    assert again["resources"] == uploaded["resources"]

    subject.ask("DELETE", "?force=true")
    fresh = subject.stored(subject.put())
    assert without_namespace_ids(fresh) == without_namespace_ids(first)
    over = subject.stored(subject.wrangler_deploy())
    assert {**over, "annotations": None} == {**fresh, "annotations": None}


def test_a_tenant_is_the_same_after_either_engine(
    quick_stage: Stage, tenants: dict[str, Tenant], bundle: Bundle
) -> None:
    subject = Subject(quick_stage, tenants[ONE], STAGING, bundle)
    compare_what_is_left_behind(subject, tag="v1")


def test_a_pending_migration_leads_to_the_same_classes(made_up: Subjects) -> None:
    """Rename the class of a script that is live, by each engine."""
    after = {"tag": "v2", "renamed_classes": [{"from": "Room", "to": "Order"}]}
    renamed = {"bindings": [{"name": "ROOM", "class_name": "Order"}]}
    old = {"durable_objects": ROOM, "migrations": [V1]}
    new = {"durable_objects": renamed, "migrations": [V1, after]}
    stored = []
    for name in ("moved-by-wrangler", "moved-by-api"):
        before = made_up(name, **old)
        was = before.stored(before.put())["resources"]["bindings"]["ROOM"]
        subject = made_up(name, **new)
        version = subject.put("v1") if "api" in name else subject.wrangler_deploy()
        now = subject.stored(version)
        binding = now["resources"]["bindings"]["ROOM"]
        assert (binding["class_name"], binding["namespace_id"]) == ("Order", was["namespace_id"])
        stored.append(without_namespace_ids(now))
    by_wrangler, by_api = stored
    assert by_api == by_wrangler
    assert by_api["resources"]["script_runtime"]["migration_tag"] == "v2"
