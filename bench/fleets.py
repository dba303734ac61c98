"""Makes fleets of ten of Cloudflare's templates, and takes each through edgefleet's commands.

    python -m bench.fleets FOLDER [--only NAME]...

FOLDER holds the templates (https://github.com/cloudflare/templates). Each is copied; `init`,
`tenant add` and `provision` make a fleet of it, with two tenants in two accounts, and its own files
stay as they are. On a localedge: a rehearsal, plan, a deploy by wrangler and one by the API,
deploy-all, an edit by another tool, drift, its repair, rollback. It prints what deploys proved.
"""

import json
import os
import re
import secrets
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
import pyjson5
import requests
from bench.stage import AUTHOR, GIT, Edge, environment, serving
from bench.templates import MOVED

from edgefleet.config.editing.edits import set_value

ACCOUNTS = {"alder": "a" * 32, "birch": "b" * 32}
ENVIRONMENTS = ("staging", "production")
FOR_NPM = re.compile(r"npm_config|node_extra_ca_certs$|https?_proxy$|no_proxy$", re.IGNORECASE)
SECONDS = 1200


@dataclass(frozen=True)
class Case:
    """A template, and what a person does besides `edgefleet init`."""

    installed: bool = False
    """Whether its packages are installed first: its assets are those of a package."""
    script: str = ""
    """The script of package.json that builds it, where it is not the one called build."""
    migrates: bool = False
    """Whether it has D1 migrations, which a deploy to production applies on purpose alone."""


CASES = {
    "hello-world-do-template": Case(),
    "d1-template": Case(migrates=True),
    "to-do-list-kv-template": Case(),
    "llm-chat-app-template": Case(),
    "durable-chat-template": Case(),
    "vite-react-template": Case(),
    "saas-admin-template": Case(script="check", migrates=True),
    "r2-explorer-template": Case(installed=True),
    "workflows-starter-template": Case(),
    "openauth-template": Case(migrates=True),
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
    walk = Walk(root, _environment(place))
    if case.installed:
        _install(walk)
    _git(root, "init", "-q")
    _commit(root, "A template")
    walk.run("init", "--yes")
    for tenant, account in ACCOUNTS.items():
        walk.run("tenant", "add", tenant, "--account", account, "--yes")
    if case.script:
        fleet = root / "fleet.jsonc"
        fleet.write_text(set_value(fleet.read_text(), ("worker", "build", "script"), case.script))
    tokens = {tenant: secrets.token_urlsafe(30) for tenant in ACCOUNTS}
    options = [f"--account={ACCOUNTS[name]}:{name}:{token}" for name, token in tokens.items()]
    with serving(options) as edge:
        variables = {f"CLOUDFLARE_API_TOKEN_{name.upper()}": one for name, one in tokens.items()}
        walk.environ |= edge.environ() | variables
        for environment in ENVIRONMENTS:
            walk.run("provision", "--tenants", "all", "--env", environment, "--apply")
        walk.run("validate", "--tenants", "all", "--remote")
        _commit(root, "The template as a fleet")
        walk.run("rehearse")
        script = f"{_base(root)['name']}-staging"
        _commands(walk, edge, case, script, tokens["alder"])
    changed = [
        name for name, digest in _contents(root).items() if before.get(name, digest) != digest
    ]
    if set(changed) - {".gitignore"}:
        raise Failed(f"files of the template changed: {changed}")
    return f"proved {walk.proofs()}"


def _install(walk: Walk) -> None:
    moved = [f"{name}@{MOVED[name]}" for name in MOVED if name in _packages(walk.root)]
    npm = ["npm", "install", *moved, "--no-save"] if moved else ["npm", "ci"]
    npm += ["--no-audit", "--no-fund", "--ignore-scripts", "--loglevel=error"]
    subprocess.run(npm, cwd=walk.root, env=walk.environ, check=True, timeout=SECONDS)


def _git(root: Path, *words: str) -> None:
    subprocess.run([GIT, *AUTHOR, *words], cwd=root, check=True)


def _commit(root: Path, message: str) -> None:
    _git(root, "add", "-A")
    _git(root, "commit", "-q", "-m", message)


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
