"""What a deploy would take back: what others deployed, and commits that are live."""

from edgefleet.config.target import Environment
from edgefleet.deploy.request import Dependencies, DeployRequest
from edgefleet.errors import UsageError
from edgefleet.history.standing import foreign_words
from edgefleet.records.commit_order import SUPERSEDED, Order, backward
from edgefleet.records.models import Action
from edgefleet.state.models import Plan


def check_overwrites(asked: DeployRequest, ports: Dependencies, plan: Plan) -> None:
    """Say what would be taken back; raises `UsageError` where that was not asked for.

    A rollback takes back on purpose.
    """
    if asked.action is Action.ROLLBACK:
        return
    if plan.foreign:
        words = foreign_words(plan.foreign)
        production = asked.target.environment is Environment.PRODUCTION
        if production and not asked.allow_foreign:
            name, environment = asked.target.tenant, asked.target.environment
            raise UsageError(
                words,
                hint=f"see what a deploy overwrites: edgefleet plan --tenants {name} "
                f"--env {environment}; overwrite it: "
                f"edgefleet deploy --tenant {name} --env {environment} --allow-foreign",
            )
        ports.progress.say(f"  note: {words}")
    commit = asked.origin.git_commit
    if commit and plan.live_commit:
        order = ports.lineage.order(commit, plan.live_commit)
        found = backward(asked.target, commit, plan.live_commit, order)
        if found and not asked.allow_older:
            code = SUPERSEDED if order is Order.OLDER else ""
            raise UsageError(found.why, hint=found.hint, code=code)
        if found:
            ports.progress.say(f"  note: {found.why}")
