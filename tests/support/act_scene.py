"""What a deploying workflow meets: an embedded Cloudflare, and a stand-in for GitHub's API."""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from shutil import copytree, ignore_patterns, rmtree
from subprocess import Popen, run
from typing import Any

from edgefleet.config.target import DEFAULT_ENVIRONMENTS
from edgefleet.core.node_modules import link_node_modules
from integration.conftest import TENANTS, token
from support import loopback
from support.act import SETUP, STAND_INS, Act, Run, act_copy, forking_setup
from support.forked_commands import forked_commands
from support.github import REPOSITORY, GitHub, github
from support.localedge import LocalEdge, start_localedge
from support.project import ROOT, Project, lend_builds

ONE, TWO = TENANTS
SCRIPTS = {ONE: "bluey-ai-worker", TWO: "azure-ai-worker"}
BOTH = "canary-both-0e6b3c1f52a84d97"
"""A token that opens both accounts: in act, all jobs of a run have the same secret."""

GATES = ".github/workflows/gates.yml"
TOOL = "src/edgefleet"
"""What gates look at, and nothing else in a copy: .venv leads to this checkout's."""
STOOD_IN_FOR = {GATES: "gates.yml", ".github/actions/setup/action.yml": "setup.yml"}
"""Files of the copy that a stand-in takes the place of."""


@dataclass
class Scene:
    """A copy of the repository whose workflows reach both."""

    act: Act
    hub: GitHub
    edge: LocalEdge
    project: Project
    """The same copy, for commands of edgefleet."""
    bundle: Path
    """A bundle that was built once."""

    def deploy(self, *more: str, secret: str = BOTH, **inputs: str) -> Run:
        """Run deploy.yml to its end."""
        return self.run("deploy.yml", *more, secret=secret, environment="staging", **inputs)

    def run(
        self, workflow: str, *more: str, secret: str = BOTH, event: str = "", **inputs: str
    ) -> Run:
        """Run a workflow to its end."""
        event = event or "workflow_dispatch"
        secrets = self._secrets(secret)
        return self.act.run(workflow, event, *more, inputs=inputs, secrets=secrets)

    def starting(self, workflow: str, **inputs: str) -> "AbstractContextManager[Popen[str]]":
        """Start a workflow, for a test that ends it."""
        secrets = self._secrets(BOTH)
        return self.act.start(workflow, "workflow_dispatch", inputs=inputs, secrets=secrets)

    def _secrets(self, secret: str) -> Mapping[str, str]:
        return {"CLOUDFLARE_API_TOKEN": secret, "GITHUB_TOKEN": self.hub.token}

    def token(self, tenant: str) -> str:
        """Return a tenant's own token."""
        return token(tenant)

    def version(self, tenant: str, environment: str = "staging") -> str | None:
        """Return the version that answers; None where no Worker does."""
        answer = self.edge.get(f"{SCRIPTS[tenant]}-{environment}.{tenant}", "/health")
        return str(answer.json()["data"]["version"]["id"]) if answer.is_success else None

    @property
    def commit(self) -> str:
        """The commit of the copy."""
        return (self.act.folder / ".git/refs/heads/main").read_text().strip()

    @property
    def digest(self) -> str:
        """The bundle's digest."""
        return self.bundle.name

    def edit(self, tenant: str, method: str, path: str, **options: Any) -> Any:
        """Ask or change a tenant's staging script without edgefleet; return what is answered."""
        account = self.project.wrangler(tenant)["account_id"]
        script = f"{self.edge.api}/accounts/{account}/workers/scripts/{SCRIPTS[tenant]}-staging"
        authorization = {"Authorization": f"Bearer {self.token(tenant)}"}
        answer = loopback.request(method, f"{script}/{path}", headers=authorization, **options)
        assert answer.is_success, answer.text
        return answer.json()["result"]

    def deployed(
        self, tenant: str, environment: str = "staging", *more: str, **environ: str
    ) -> str:
        """Deploy the copy's commit without a workflow; return the version."""
        target = ("--tenant", tenant, "--env", environment)
        options = ("--engine", "api", "--bundle", str(self.bundle), "--force", "--format", "json")
        known = {"CLOUDFLARE_API_TOKEN": self.token(tenant), **self.act.environ, **environ}
        ran = self.project.run("deploy", *target, *options, *more, **known)
        assert ran.code == 0, ran.said
        return str(json.loads(ran.out)["version_id"])

    @contextmanager
    def remote(self) -> Iterator[Callable[[str], list[list[str]]]]:
        """Have a git remote; yield what tells how a target's lock moved: from and to a commit."""
        bare, pushes = (self.act.folder.with_name(name) for name in ("remote.git", "pushes"))
        git = ["git", "-C", str(self.act.folder)]
        run(["git", "init", "-q", "--bare", str(bare)], check=True)
        hook = bare / "hooks/post-receive"
        hook.write_text(f"#!/bin/sh\ncat >> {pushes}\n")
        hook.chmod(0o755)
        run([*git, "remote", "add", "origin", str(bare)], check=True)

        def moved(target: str) -> list[list[str]]:
            lines = [line.split(" ") for line in pushes.read_text().splitlines()]
            return [line[:2] for line in lines if line[2] == f"refs/edgefleet/locks/{target}"]

        try:
            yield moved
        finally:
            run([*git, "remote", "remove", "origin"], check=True)

    @contextmanager
    def real_python(self) -> Iterator[None]:
        """Let each step start Python, as on a runner; what ends it comes from the outside."""
        forks = self.act.environ.pop("ACT_PYTHON", "")
        try:
            yield
        finally:
            self.act.environ["ACT_PYTHON"] = forks

    @contextmanager
    def real_gates(self) -> Iterator[None]:
        """Put the real gates.yml and the real set-up in the place of their stand-ins.

        The commits stay: a deploy of an older one would be superseded.
        """
        copytree(ROOT / TOOL, self.act.folder / TOOL, ignore=ignore_patterns("__pycache__"))
        setup = (ROOT / SETUP).read_text()
        real = {name: (ROOT / name).read_text() for name in STOOD_IN_FOR}
        self.act.write(real | {SETUP: forking_setup(setup)})
        try:
            yield
        finally:
            rmtree(self.act.folder / TOOL)
            self.act.write(_stand_ins() | {SETUP: setup})


def _stand_ins() -> dict[str, str]:
    return {real: (ROOT / STAND_INS / name).read_text() for real, name in STOOD_IN_FOR.items()}


@contextmanager
def open_scene(folder: Path, runtime: str = "workerd") -> Iterator[Scene]:
    """Serve both until the block ends."""
    home = folder / "home"
    home.mkdir()
    act = act_copy(folder / "copy", f"{TOOL}/")
    act.write(_stand_ins())
    project = Project(act.folder, home)
    link_node_modules(ROOT, act.folder)
    lend_builds(act.folder)
    built = project.run("build")
    assert built.code == 0, built.said
    bundle = project.root / built.out.split()[-1]
    accounts = [
        (project.wrangler(tenant)["account_id"], tenant, secret)
        for tenant in TENANTS
        for secret in (token(tenant), BOTH)
    ]
    with (
        start_localedge(folder / "edge", accounts, project.resources(), runtime) as edge,
        github() as hub,
        forked_commands(folder) as forks,
    ):
        names = [
            f"{tenant}-{environment}" for tenant in TENANTS for environment in DEFAULT_ENVIRONMENTS
        ]
        hub.environments = {name: {"name": name} for name in names}
        act.environ = {
            "CLOUDFLARE_API_BASE_URL": edge.api,
            "EDGEFLEET_WORKERS_DEV": edge.workers_dev,
            "GITHUB_API_URL": hub.url,
            "GITHUB_REPOSITORY": REPOSITORY,
            "BUNDLE": str(bundle),
            "ACT_BUILDS": str(act.folder / ".edgefleet"),
            **forks,
        }
        yield Scene(act, hub, edge, project, bundle)
