"""Makes fleets of ten of Cloudflare's templates, and takes each through edgefleet's commands.

    python -m bench.fleets FOLDER [--only NAME]...

FOLDER holds the templates (https://github.com/cloudflare/templates). Each is copied; beside its
files, which stay as they are, stand fleet.jsonc and two tenants in two accounts. On a localedge:
validate, plan, a deploy by wrangler and one by the API, deploy-all, an edit by another tool, drift,
its repair, rollback; and a rehearsal. What the deploys proved is printed.
"""

import hashlib
import json
import os
import re
import secrets
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import click
import pyjson5
import requests
from bench.stage import AUTHOR, GIT, Edge, environment, serving
from bench.templates import MOVED

ACCOUNTS = {"alder": "a" * 32, "birch": "b" * 32}
ENVIRONMENTS = ("staging", "production")
FOR_NPM = re.compile(r"npm_config|node_extra_ca_certs$|https?_proxy$|no_proxy$", re.IGNORECASE)
SECONDS = 1200
IDS = {"kv_namespaces": "id", "d1_databases": "database_id"}
NAMES = {"r2_buckets": "bucket_name", "workflows": "name"}


@dataclass(frozen=True)
class Case:
    """A template: what fleet.jsonc says of it, and whether its packages stand at the root."""

    fleet: Mapping[str, Any] = field(default_factory=dict)
    installed: bool = False
    migrates: bool = False
    """Whether it has D1 migrations, which a deploy to production applies on purpose alone."""


def _built(**build: str) -> dict[str, Any]:
    return {"worker": {"folder": ".", "build": build}}


HERE = {"worker": {"folder": "."}}
CASES = {
    "hello-world-do-template": Case(HERE),
    "d1-template": Case(HERE, migrates=True),
    "to-do-list-kv-template": Case(_built(**{"with": "npm", "config": "wrangler.jsonc"})),
    "llm-chat-app-template": Case(HERE),
    "durable-chat-template": Case(HERE, installed=True),
    "vite-react-template": Case(_built(**{"with": "npm"})),
    "saas-admin-template": Case(
        _built(**{"with": "npm", "script": "check", "config": "wrangler.jsonc"}), migrates=True
    ),
    "r2-explorer-template": Case(HERE, installed=True),
    "workflows-starter-template": Case(_built(**{"with": "npm"})),
    "openauth-template": Case(HERE, installed=True, migrates=True),
}


class Failed(Exception):
    """A command that did not end as it should; the message has what it printed last."""


@dataclass
class Walk:
    """One template's fleet, and the environment of its commands."""

    root: Path
    environ: dict[str, str]

    def run(self, *words: str, codes: tuple[int, ...] = (0,)) -> str:
        """Run edgefleet; return what it printed on stdout."""
        done = subprocess.run(
            [sys.executable, "-m", "edgefleet.cli.main", *words],
            cwd=self.root,
            env=self.environ,
            capture_output=True,
            text=True,
            timeout=SECONDS,
        )
        if done.returncode not in codes:
            said = "\n".join((done.stdout + done.stderr).strip().splitlines()[-14:])
            raise Failed(f"edgefleet {' '.join(words)} ended with {done.returncode}:\n{said}")
        return done.stdout

    def proofs(self) -> dict[str, int]:
        """Return what the deploys proved, with how many did so."""
        found: dict[str, int] = {}
        for file in (self.root / "deployments").glob("*.json"):
            record = json.loads(file.read_text())
            if record.get("status") == "succeeded" and record.get("proof"):
                found[record["proof"]] = found.get(record["proof"], 0) + 1
        return found


@click.command()
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--only", multiple=True, help="One template; may be repeated.")
def main(folder: Path, only: tuple[str, ...]) -> None:
    """Print how each template fares as a fleet; exit with 1 where one fails."""
    failed = 0
    for name in only or CASES:
        began = time.monotonic()
        with tempfile.TemporaryDirectory(prefix="edgefleet-bench-fleet-") as place:
            try:
                said = f"pass; {_attempt(folder / name, Path(place), CASES[name])}"
            except (Failed, subprocess.SubprocessError, requests.RequestException) as error:
                said, failed = f"FAIL {error}", failed + 1
        click.echo(f"{name}: {said} [{time.monotonic() - began:.0f} s]")
    sys.exit(1 if failed else 0)


def _attempt(template: Path, place: Path, case: Case) -> str:
    root = place / "fleet"
    shutil.copytree(template, root, ignore=shutil.ignore_patterns("node_modules"))
    before = _contents(root)
    base = _base(root)
    (root / "fleet.jsonc").write_text(json.dumps(case.fleet, indent=2))
    overlays = {tenant: _tenant(root, tenant, base) for tenant in ACCOUNTS}
    with (root / ".gitignore").open("a") as ignored:
        ignored.write("\nnode_modules\n.edgefleet\ndeployments\n.env.deploy\n")
    walk = Walk(root, _environment(place))
    if case.installed:
        moved = [f"{name}@{MOVED[name]}" for name in MOVED if name in _packages(root)]
        npm = ["npm", "install", *moved, "--no-save"] if moved else ["npm", "ci"]
        npm += ["--no-audit", "--no-fund", "--ignore-scripts", "--loglevel=error"]
        subprocess.run(npm, cwd=root, env=walk.environ, check=True, timeout=SECONDS)
    for command in (["init", "-q"], ["add", "-A"], ["commit", "-q", "-m", "A template as a fleet"]):
        subprocess.run([GIT, *AUTHOR, *command], cwd=root, check=True)
    tokens = {tenant: secrets.token_urlsafe(30) for tenant in ACCOUNTS}
    options = [f"--account={ACCOUNTS[name]}:{name}:{token}" for name, token in tokens.items()]
    for tenant, overlay in overlays.items():
        for env, keys in overlay["env"].items():
            file = place / f"{tenant}-{env}.json"
            file.write_text(json.dumps({"account_id": ACCOUNTS[tenant], **keys}))
            options.append(f"--provision={file}")
    walk.run("validate", "--tenants", "all")
    walk.run("rehearse")
    with serving(options) as edge:
        variables = {f"CLOUDFLARE_API_TOKEN_{name.upper()}": one for name, one in tokens.items()}
        walk.environ |= edge.environ() | variables
        _commands(walk, edge, case, f"{base['name']}-staging", tokens["alder"])
    changed = [
        name for name, digest in _contents(root).items() if before.get(name, digest) != digest
    ]
    if set(changed) - {".gitignore"}:
        raise Failed(f"files of the template changed: {changed}")
    return f"proved {walk.proofs()}"


def _commands(walk: Walk, edge: Edge, case: Case, script: str, token: str) -> None:
    all_staging = ("--tenants", "all", "--env", "staging")
    alder = ("--tenants", "alder", "--env", "staging")
    walk.run("plan", *all_staging)
    walk.run("deploy", "--tenant", "alder", "--env", "staging", "--engine", "wrangler")
    walk.run("deploy", "--tenant", "birch", "--env", "staging", "--engine", "api")
    walk.run("deploy-all", "--env", "staging", "--force")
    irreversible = ("--allow-irreversible",) if case.migrates else ()
    walk.run("deploy-all", "--env", "production", *irreversible)
    walk.run("health", *all_staging)
    walk.run("drift", *all_staging)
    url = f"{edge.url}/client/v4/accounts/{ACCOUNTS['alder']}/workers/scripts/{script}"
    edit = {"observability": {"enabled": False}}
    headers = {"Authorization": f"Bearer {token}"}
    requests.patch(
        f"{url}/script-settings", headers=headers, json=edit, timeout=60
    ).raise_for_status()
    walk.run("drift", *alder, codes=(3,))
    walk.run("drift", *alder, "--repair", "--yes", codes=(0, 3))
    walk.run("drift", *alder)
    walk.run("rollback", *alder)
    walk.run("history", *all_staging)


def _base(root: Path) -> dict[str, Any]:
    (file,) = [it for kind in ("json", "jsonc") for it in root.glob(f"wrangler.{kind}")]
    found: dict[str, Any] = pyjson5.decode(file.read_text())
    return found


def _tenant(root: Path, tenant: str, base: Mapping[str, Any]) -> dict[str, Any]:
    """Write a tenant whose overlay has its own ids and names, which Cloudflare makes."""
    folder = root / "tenants" / tenant
    folder.mkdir(parents=True)
    config = {"tenantId": tenant, "accountId": ACCOUNTS[tenant]}
    (folder / "tenant.config.json").write_text(json.dumps(config, indent=2))
    overlay = {"env": {env: _bound(base, tenant, env) for env in ENVIRONMENTS}}
    (folder / "wrangler.jsonc").write_text(json.dumps(overlay, indent=2))
    return overlay


def _bound(base: Mapping[str, Any], tenant: str, env: str) -> dict[str, Any]:
    own: dict[str, Any] = {}
    for key, field_name in {**IDS, **NAMES}.items():
        for entry in base.get(key, ()):
            value = f"{entry[field_name]}-{env}" if key in NAMES else _id(tenant, env, entry)
            if key == "d1_databases":
                value = f"{value[:8]}-{value[8:12]}-4{value[13:16]}-8{value[17:20]}-{value[20:]}"
            own.setdefault(key, []).append({"binding": entry["binding"], field_name: value})
    return own


def _id(tenant: str, env: str, entry: Mapping[str, Any]) -> str:
    return hashlib.sha256(f"{tenant} {env} {entry['binding']}".encode()).hexdigest()[:32]


def _packages(root: Path) -> set[str]:
    return set(json.loads((root / "package.json").read_text()).get("dependencies", {}))


def _contents(root: Path) -> dict[str, int]:
    return {
        str(file.relative_to(root)): hash(file.read_bytes())
        for file in root.rglob("*")
        if file.is_file() and not {"node_modules", ".git", ".edgefleet"} & set(file.parts)
    }


def _environment(place: Path) -> dict[str, str]:
    npm = {name: os.environ[name] for name in os.environ if FOR_NPM.match(name)}
    return {**environment(None, place), **npm, "NPM_CONFIG_CACHE": str(Path.home() / ".npm")}


if __name__ == "__main__":
    main()
