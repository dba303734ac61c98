"""A copy of this repository in which a test may break things, and `edgefleet` run in it."""

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyjson5

from edgefleet.config.files.tenant_files import tenant_names
from edgefleet.config.target import DEFAULT_ENVIRONMENTS
from edgefleet.config.validate import validate
from edgefleet.core.node_modules import link_node_modules
from edgefleet.rehearse.resources import resource_files
from support import forked
from support.wrangler import COMPILED

ROOT = Path(__file__).parents[2]
IN_FULL = ROOT / "tests" / "fixtures" / "tenants" / "in_full"
"""The wrangler files of our tenants as they were before they became overlays."""
PACKAGES = ("package.json", "package-lock.json")
"""What a build that is lent was made with."""
PARTS = ("fleet.jsonc", "tenants", "src/worker", *PACKAGES)


@dataclass
class Ran:
    """How a command ended."""

    code: int
    out: str
    err: str

    @property
    def said(self) -> str:
        """Everything that it printed."""
        return self.out + self.err


@dataclass
class Project:
    """A fleet's repository below a folder of the test, with a separate environment."""

    root: Path
    home: Path
    environ: dict[str, str] = field(default_factory=dict)
    printed: list[str] = field(default_factory=list)
    """Everything that commands printed, for tests that search it."""
    seconds: float = 110.0
    """How long a command may take."""

    def run(self, *arguments: str, **environ: str) -> Ran:
        """Run `edgefleet` to its end, as a user's shell would."""
        environment = self.environment(environ)
        done = forked.run(
            "edgefleet", arguments, cwd=self.root, env=environment, timeout=self.seconds
        )
        self.printed += [done.stdout, done.stderr]
        return Ran(done.returncode, done.stdout, done.stderr)

    def command(self, *arguments: str) -> list[str]:
        """Return the command line of `edgefleet`."""
        return [sys.executable, "-m", "edgefleet.cli.main", *arguments]

    def environment(self, more: Mapping[str, str]) -> dict[str, str]:
        """Return a small environment: nothing of this machine's but the way to programs."""
        return {
            "PATH": os.environ["PATH"],
            "HOME": str(self.home),
            "LANG": "C.UTF-8",
            "COLUMNS": "200",
            "EDGEFLEET_RETRY_SECONDS": "1",  # trouble that a test makes does not pass
            "NODE_COMPILE_CACHE": str(COMPILED),
            **self.environ,
            **more,
        }

    def records(self) -> list[dict[str, Any]]:
        """Return all records of runs, oldest first."""
        files = sorted((self.root / "deployments").glob("*.json"))
        found = [json.loads(file.read_text()) for file in files if ".unlock" not in file.name]
        return sorted(found, key=lambda record: str(record["started"]))

    def wrangler(self, tenant: str) -> dict[str, Any]:
        """Return a tenant's wrangler file, parsed: in full, where it is an overlay."""
        found = pyjson5.loads((self.root / "tenants" / tenant / "wrangler.jsonc").read_text())
        if "main" not in found:
            found = pyjson5.loads((IN_FULL / f"{tenant}.jsonc").read_text())
        assert isinstance(found, dict)
        return found

    def overlay(self, tenant: str, **keys: Any) -> str:
        """Let a tenant's overlay say these keys, too; return its text before."""
        file = self.root / "tenants" / tenant / "wrangler.jsonc"
        before = file.read_text()
        file.write_text(json.dumps({**pyjson5.loads(before), **keys}, indent=2))
        return before

    def resources(self) -> list[Path]:
        """Return files that name the accounts and resources of all tenants, for localedge."""
        found = validate(
            self.root, tenant_names(self.root), DEFAULT_ENVIRONMENTS, today=datetime.now(UTC).date()
        )
        return resource_files(found.tenants, self.home / "resources")

    def commit(self) -> None:
        """Commit everything; no two commits are the same, also within one second."""
        message = f"change {time.monotonic_ns()}"
        for arguments in (["add", "-A"], ["commit", "-q", "--allow-empty", "-m", message]):
            _git(self.root, *arguments)


BUILT = (".edgefleet/bundles", ".edgefleet/builds")
"""What `make test` built; a project whose Worker is not changed need not build it again."""


def make_project(
    folder: Path, parts: Sequence[str] = PARTS, *, built: Sequence[str] = BUILT
) -> Project:
    """Copy this repository's fleet into `folder`; the npm tree is shared."""
    root, home = folder / "repository", folder / "home"
    home.mkdir(parents=True)
    lend_builds(root, built)
    for part in parts:
        source, target = ROOT / part, root / part
        target.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, target)
        else:
            shutil.copy(source, target)
    link_node_modules(ROOT, root)
    shutil.copy(ROOT / ".gitignore", root)
    with (root / ".gitignore").open("a") as ignore:
        ignore.write("node_modules\n")
    _git(root, "init", "-q")
    project = Project(root, home)
    project.commit()
    return project


def lend_builds(root: Path, built: Sequence[str] = BUILT) -> None:
    """Copy what was built here to a checkout, which then builds what differs alone."""
    for name in built:
        if (ROOT / name).exists():
            shutil.copytree(ROOT / name, root / name)


def _git(root: Path, *arguments: str) -> None:
    identity = ["-c", "user.name=tester", "-c", "user.email=tester@example.com"]
    subprocess.run(["git", *identity, *arguments], cwd=root, check=True)
