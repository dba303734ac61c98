"""A fleet of any size, made up, and a localedge that has its accounts."""

import contextlib
import hashlib
import json
import re
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyjson5

from edgefleet.build.bundle_store import BundleStore
from edgefleet.config.files.fleet_file import fleet_of
from edgefleet.config.tenant import Tenant, TenantConfig, told_apart
from support.bundles import numbered_bundle
from support.fleet import CONTRACT, FIXTURES
from support.localedge import LocalEdge, start_localedge
from support.project import PACKAGES, ROOT, Project, make_project

FLEET = fleet_of(ROOT)
"""What fleet.jsonc of this repository says."""

MODEL = FIXTURES / "fleet" / "tenants" / "alder"
"""The tenant whose files all others are copies of."""

_ID = re.compile(r"(?<![0-9a-f-])(?:[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|[0-9a-f]{32})\b")


@dataclass
class ManyScene:
    """A fleet, and the Cloudflare that it is deployed to."""

    project: Project
    edge: LocalEdge
    bundles: Path
    numbers: Iterator[int]

    def bundle(self) -> str:
        """Store a bundle that was never deployed, and return its folder."""
        return str(store_bundle(self.bundles, next(self.numbers)))


def names_of(count: int) -> tuple[str, ...]:
    """Return the names of a fleet of so many tenants."""
    return tuple(f"t{number:03d}" for number in range(count))


def token(tenant: str) -> str:
    """Return a tenant's token: a canary, which nothing may ever print or write."""
    return f"canary-{tenant}-9d4c1e77ab02f356"


def make_tenant(root: Path, name: str, **config: Any) -> str:
    """Write the files of one more tenant; return its account id. `config` adds to its settings."""
    folder = root / "tenants" / name
    folder.mkdir(parents=True, exist_ok=True)
    make_fleet_file(root)
    for file in MODEL.iterdir():
        text = file.read_text().replace("alder", name)
        (folder / file.name).write_text(_ID.sub(lambda found: _id(found[0], name), text))
    path = folder / "tenant.config.json"
    settings = {**json.loads(path.read_text()), **config}
    path.write_text(json.dumps(settings, indent=2) + "\n")
    return str(settings["accountId"])


def make_fleet_file(root: Path) -> None:
    """Write the fleet's file and its Worker's contract, where they are not there yet."""
    for file in (
        "fleet.jsonc",
        *(
            f"src/worker/{name}"
            for name in (*CONTRACT, "health.jsonc", "counters.jsonc", "smoke.jsonc")
        ),
    ):
        if not (root / file).exists():
            (root / file).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / file, root / file)


def tenant_of(root: Path, name: str, **config: Any) -> Tenant:
    """Write a tenant's files and return it as they say."""
    make_tenant(root, name, **config)
    folder = root / "tenants" / name
    read = json.loads((folder / "tenant.config.json").read_text())
    settings = TenantConfig.model_validate(told_apart(read, FLEET.contract.settings))
    return Tenant(name, folder, settings, FLEET, (folder / "wrangler.jsonc").read_text())


def make_many(
    folder: Path, count: int, configs: Mapping[str, dict[str, Any]] | None = None
) -> Project:
    """Make a repository of so many tenants; `configs` has what differs, by the tenant's name."""
    project = make_project(folder, ("fleet.jsonc", "src/worker", *PACKAGES))
    for name in names_of(count):
        make_tenant(project.root, name, **(configs or {}).get(name, {}))
    tokens = [f"CLOUDFLARE_API_TOKEN_{name.upper()}={token(name)}" for name in names_of(count)]
    (project.root / ".env.deploy").write_text("\n".join(tokens))
    project.commit()
    return project


def store_bundle(folder: Path, number: int) -> Path:
    """Store the small bundle of this number; each is another one by its bytes."""
    return BundleStore(folder).save(numbered_bundle(number))


@contextlib.contextmanager
def edge_of(project: Project, state: Path, runtime: str = "none") -> Iterator[LocalEdge]:
    """Serve the API for all tenants of a project.

    No Worker runs unless `runtime` names one; localedge answers /health then.
    """
    files = sorted((project.root / "tenants").glob("*/wrangler.jsonc"))
    accounts = [
        (
            str(pyjson5.loads(file.read_text())["account_id"]),
            file.parent.name,
            token(file.parent.name),
        )
        for file in files
    ]
    with start_localedge(state, accounts, provision=files, runtime=runtime) as edge:
        project.environ = {
            "CLOUDFLARE_API_BASE_URL": edge.api,
            "EDGEFLEET_WORKERS_DEV": edge.workers_dev,
        }
        yield edge


def _id(found: str, name: str) -> str:
    digest = hashlib.sha256(f"{found} {name}".encode()).hexdigest()[:32]
    if "-" not in found:
        return digest
    return "-".join(
        (digest[:8], digest[8:12], f"4{digest[13:16]}", f"8{digest[17:20]}", digest[20:])
    )
