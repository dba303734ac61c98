"""Deploy one target: it ends live and proved healthy, or as it was before.

lock -> validate -> credentials -> build -> render -> rollout -> record
"""

from edgefleet.config.target import Environment
from edgefleet.deploy.request import Dependencies, DeployRequest
from edgefleet.deploy.run import start_run
from edgefleet.deploy.steps import Steps
from edgefleet.errors import UsageError
from edgefleet.records.models import Origin, Record


def deploy(request: DeployRequest, ports: Dependencies) -> Record:
    """Deploy, and return the record of it. Every failure is recorded before it is raised."""
    environment = request.target.environment
    check_committed(environment, request.origin, force=request.force)
    with start_run(request, request.action, ports, engine=request.engine) as run:
        Steps(request, ports, run).run()
    return run.recorder.succeed()


def check_committed(environment: Environment, origin: Origin, *, force: bool) -> None:
    """Make sure that production is deployed from a commit; raises `UsageError`."""
    if environment is Environment.PRODUCTION and origin.dirty and not force:
        raise UsageError(
            "production is deployed from a commit, and there are uncommitted changes: "
            f"{', '.join(origin.uncommitted) or 'git names none'}",
            hint="commit them or take them back ('git status' shows them); --force deploys them",
        )
