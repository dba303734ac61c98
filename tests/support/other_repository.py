"""A second repository with a small Worker, whose workflows use our actions as a remote, in act.

It has none of our sources. Our repository is what act takes for the remote `acme/edgefleet`, at the
commit that the workflows pin.
"""

import json
import shutil
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from act_copy import NO_CACHE, OPTIONS, STAND_INS, UNKNOWN_TO_ACT, USES, commit, copy
from edgefleet.build.bundle_store import BundleStore
from edgefleet.onboard.project.workflows import ActionSource, workflow_files
from support import loopback
from support.act import SETUP, Act, Run, forking_setup
from support.forked_commands import forked_commands
from support.github import GitHub, github
from support.localedge import LocalEdge, start_localedge
from support.other_workers import FLEETS
from support.project import ROOT, Project

OURS = "acme/edgefleet"
NEEDED = (
    ".github/actions/",
    "ci/",
    "Makefile",
    "requirements",
    "package",
    "pyproject.toml",
    ".npmrc",
)
"""What begins the names of our files that actions need, besides what a cache lends."""


@dataclass
class OtherRepository:
    """The second repository, what it meets, and how its workflows run."""

    act: Act
    hub: GitHub
    edge: LocalEdge
    token: str
    kept: Path
    """The artifacts of a run, kept for another one."""

    def run(self, workflow: str, *more: str, event: str = "", **inputs: str) -> Run:
        """Run one of its workflows to the end."""
        return self._run(workflow, event or "workflow_dispatch", *more, inputs=inputs)

    def _run(self, workflow: str, *more: str, **options: Any) -> Run:
        secrets = {"CLOUDFLARE_API_TOKEN": self.token, "GITHUB_TOKEN": self.hub.token}
        return self.act.run(f"edgefleet-{workflow}.yml", *more, secrets=secrets, **options)

    def plan(self, event: Path) -> Run:
        """Run what GitHub starts when the gates of a pull request have ended.

        Its steps start Python, which must not load what the pull request holds.
        """
        more = ("--eventpath", str(event), "--var", "EDGEFLEET_PULL_REQUEST_PLANS=true")
        environ = {"ACT_ARTIFACTS": str(self.kept), "ACT_PYTHON": ""}
        return self._run("plan", "workflow_run", *more, **environ)

    def deploy(self, tenant: str, old: str, new: str) -> None:
        """Deploy the kept bundle to staging without a workflow, with other words in its code."""
        bundles = BundleStore(self.kept.with_name("bundles"))
        bundle = bundles.load(self.kept / "bundle")
        (module,) = bundle.modules
        content = module.content.replace(old.encode(), new.encode())
        assert content != module.content
        changed = module.model_copy(update={"content": content})
        made = bundles.save(bundle.model_copy(update={"modules": (changed,)}))
        home = self.act.folder.with_name("home")
        home.mkdir(exist_ok=True)
        environ = {"CLOUDFLARE_API_TOKEN": self.token, **self.act.environ}
        options = ("--tenant", tenant, "--env", "staging", "--engine", "api", "--bundle", str(made))
        ran = Project(self.act.folder, home).run("deploy", *options, **environ)
        assert ran.code == 0, ran.said

    def git(self, *arguments: str) -> str:
        """Run git in it."""
        who = ("-c", "user.name=ann", "-c", "user.email=ann@example.com")
        command = ["git", "-C", str(self.act.folder), *who, *arguments]
        done = subprocess.run(command, check=True, capture_output=True, text=True)
        return done.stdout.strip()

    def change(self, files: Mapping[str, str]) -> str:
        """Commit changed files; return the commit."""
        self.act.write(files)
        return self.git("rev-parse", "HEAD")

    def account(self, tenant: str) -> str:
        """Return the account of a tenant."""
        file = self.act.folder / "tenants" / tenant / "tenant.config.json"
        return str(json.loads(file.read_text())["accountId"])

    def answer(self, tenant: str) -> str:
        """Return what a tenant's Worker in staging answers."""
        got = self.edge.get(f"{tenant}-page-staging.{tenant}")
        return got.text if got.is_success else str(got.status_code)

    def edit(self, tenant: str, method: str, path: str, **options: Any) -> None:
        """Change a tenant's script in staging without edgefleet, as any holder of its token can."""
        script = f"accounts/{self.account(tenant)}/workers/scripts/{tenant}-page-staging"
        done = loopback.request(
            method,
            f"{self.edge.api}/{script}/{path}",
            headers={"Authorization": f"Bearer {self.token}"},
            **options,
        )
        assert done.is_success, done.text


@contextmanager
def open_other(folder: Path, fleet: str, tenants: Sequence[str]) -> Iterator[OtherRepository]:
    """Make it from a fixture's fleet, and serve an embedded Cloudflare and GitHub beside it."""
    token = "canary-other-0e6b3c1f52a84d97"
    ours, other = folder / "ours", folder / "other"
    copy(ROOT, ours, lambda name: name.startswith(NEEDED))
    (ours / SETUP).write_text(forking_setup((ours / SETUP).read_text()))
    commit(ours)
    shutil.copytree(FLEETS / fleet, other)
    (other / ".gitignore").write_text(".edgefleet/\ndeployments/\n")
    source = ActionSource(repository=OURS, commit=_head(ours), version="0.2.0")
    for name, text in workflow_files(("staging", "production"), source).items():
        (other / name).parent.mkdir(parents=True, exist_ok=True)
        (other / name).write_text(NO_CACHE.sub(r'\1 "true"', UNKNOWN_TO_ACT.sub("", text)))
    options = "\n".join(_options(ours, other, source))
    (other / ".actrc").write_text(options + "\n")
    commit(other)
    act = Act(other)
    with github() as hub, forked_commands(folder) as forks:
        repository = OtherRepository(act, hub, None, token, folder / "kept")  # type: ignore[arg-type]
        accounts = [(repository.account(one), one, token) for one in tenants]
        with start_localedge(folder / "edge", accounts) as repository.edge:
            act.environ = {
                "CLOUDFLARE_API_BASE_URL": repository.edge.api,
                "EDGEFLEET_WORKERS_DEV": repository.edge.workers_dev,
                "GITHUB_API_URL": hub.url,
                "GITHUB_REPOSITORY": hub.repository,
                **forks,
            }
            yield repository


def _head(folder: Path) -> str:
    return (folder / ".git/refs/heads/main").read_text().strip()


def _options(ours: Path, other: Path, source: ActionSource) -> Iterator[str]:
    state = other.with_name(other.name + "-act")
    yield from OPTIONS.split("\n")[1:-1]
    yield f"--action-cache-path {state / 'actions'}"
    yield f"--env ACT_ARTIFACTS={state / 'artifacts'}"
    yield f"--env ACT_TREES={ROOT}"
    yield f"--env ACT_REPOSITORY={other}"
    yield f"--local-repository {source.repository}@{source.commit}={ours}"
    files = [*ours.rglob(".github/**/*.yml"), *other.rglob(".github/**/*.yml")]
    used = {(m["action"], m["pin"]) for file in files for m in USES.finditer(file.read_text())}
    for action, pin in sorted(used):
        if action != source.repository:
            yield f"--local-repository {action}@{pin}={ROOT / STAND_INS / action}"
