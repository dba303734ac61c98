"""Deploy one target: it ends live and proved healthy, or as it was before.

lock -> validate -> credentials -> build -> render -> rollout -> record
"""

from edgefleet.errors import UsageError
from edgefleet.flows.request import Ports, Request
from edgefleet.flows.run import begun
from edgefleet.flows.steps import Steps
from edgefleet.model.record import Record
from edgefleet.model.target import Environment


def deploy(request: Request, ports: Ports) -> Record:
    """Deploy, and return the record of it. Every failure is recorded before it is raised."""
    _check_origin(request)
    with begun(request, request.action, ports, engine=request.engine) as run:
        Steps(request, ports, run).run()
    return run.journal.succeed()


def _check_origin(request: Request) -> None:
    production = request.target.environment is Environment.PRODUCTION
    if production and request.origin.dirty and not request.force:
        raise UsageError(
            "production is deployed from a commit, and there are uncommitted changes",
            hint="commit them, or deploy them all the same with --force",
        )
