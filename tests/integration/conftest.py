"""What is made once: an embedded Cloudflare, a project, a built bundle, a Workers runtime."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from support.localedge import LocalEdge, start_localedge
from support.project import Project, Ran, make_project
from support.worker import Build, Cloud, cloud

TENANTS = ("mrrainbowsmoke", "rainbowsmokeofficial")


def token(tenant: str) -> str:
    """Return a tenant's token: a canary, which nothing may ever print or write."""
    return f"canary-{tenant}-5b1f0c9ad2e84f67"


@dataclass
class Stage:
    """What a deploy needs: a project whose tenants have accounts at an embedded Cloudflare."""

    project: Project
    edge: LocalEdge
    bundle: Path
    """A bundle that was built once, so that not every deploy builds."""
    engine: str
    """What deploys upload with, where a test names no other engine."""

    def deploy(self, tenant: str, environment: str, *more: str, **environ: str) -> Ran:
        """Deploy the bundle, though nothing may have changed."""
        return self.deploy_changes(tenant, environment, "--force", *more, **environ)

    def deploy_changes(self, tenant: str, environment: str, *more: str, **environ: str) -> Ran:
        """Deploy the bundle if anything changed."""
        target = ("--tenant", tenant, "--env", environment)
        bundle = () if "--bundle" in more else ("--bundle", str(self.bundle))
        engine = () if "--engine" in more else ("--engine", self.engine)
        return self.project.run("deploy", *target, *bundle, *engine, *more, **environ)

    def writes(self) -> list[str]:
        """Return every request so far that was no read."""
        return [
            f"{request['method']} {request['path']}"
            for request in self.edge.requests()
            if request["method"] not in {"GET", "HEAD"}
        ]


@pytest.fixture(scope="module")
def serving_stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """Set a stage on which Workers run, and wrangler uploads them."""
    yield from set_stage(tmp_path_factory, "workerd", "wrangler")


@pytest.fixture(scope="module")
def stage(serving_stage: Stage) -> Stage:
    """Set a stage for one module of tests, which takes `quick_stage` where no Worker need run."""
    return serving_stage


@pytest.fixture(scope="module")
def quick_stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """Set a stage on which no Worker runs: localedge answers for each as a healthy one."""
    yield from set_stage(tmp_path_factory, "none", "api")


def set_stage(
    tmp_path_factory: pytest.TempPathFactory, runtime: str, engine: str
) -> Iterator[Stage]:
    """Make a project, and a Cloudflare with the accounts of its tenants."""
    project = make_project(tmp_path_factory.mktemp("fleet"))
    accounts = [
        (project.wrangler(tenant)["account_id"], tenant, token(tenant)) for tenant in TENANTS
    ]
    state = tmp_path_factory.mktemp("edge")
    with start_localedge(state, accounts, provision=project.resources(), runtime=runtime) as edge:
        project.environ = {
            "CLOUDFLARE_API_BASE_URL": edge.api,
            "EDGEFLEET_WORKERS_DEV": edge.workers_dev,
            **{f"CLOUDFLARE_API_TOKEN_{name.upper()}": token(name) for name in TENANTS},
        }
        built = project.run("build")
        assert built.code == 0, built.said
        yield Stage(project, edge, project.root / built.out.split()[-1], engine)


@pytest.fixture(scope="session")
def runtime(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cloud]:
    """Serve Workers with every binding, without a control plane; one runtime serves all tests."""
    with cloud(tmp_path_factory.mktemp("cloud")) as opened:
        yield opened


@pytest.fixture(scope="module")
def world(runtime: Cloud) -> Iterator[Cloud]:
    """Lend the runtime to one module of tests; what that deploys ends with it."""
    yield runtime
    runtime.end_all()


@pytest.fixture(scope="session")
def source(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Return the Worker of this repository, bundled."""
    return Build(tmp_path_factory.mktemp("build")).bundle()
