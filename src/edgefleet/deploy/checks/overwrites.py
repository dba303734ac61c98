"""What a deploy would overwrite for good: foreign deployments, newer commits, old versions."""

from collections.abc import Iterator

from edgefleet.cloudflare.worker.exports import leaving_text, live_exports
from edgefleet.cloudflare.worker.migrations import transferred_from
from edgefleet.core.foreign.text import foreign_text
from edgefleet.deploy.request import Dependencies, DeployRequest
from edgefleet.errors import UsageError
from edgefleet.history.standing import foreign_words
from edgefleet.plan.plan import Planned
from edgefleet.records.commit_order import SUPERSEDED, Order, backward
from edgefleet.records.models import Action
from edgefleet.state.diff import changed_exports, removed_workflows
from edgefleet.state.models import DeployStrategy, Plan


def check_overwrites(
    request: DeployRequest, deps: Dependencies, plan: Plan, *, protected: bool
) -> None:
    """Print what a deploy would overwrite; raises `UsageError` unless the options allow it.

    `protected` says whether the environment is. A rollback overwrites on purpose.
    """
    if request.action is Action.ROLLBACK:
        return
    _check_foreign(request, deps, plan, protected=protected)
    commit = request.origin.git_commit
    if commit and plan.live_commit:
        order = deps.lineage.order(commit, plan.live_commit)
        step_back = backward(request.target, commit, plan.live_commit, order)
        if step_back and not request.allow_older:
            code = SUPERSEDED if order is Order.OLDER else ""
            raise UsageError(step_back.why, hint=step_back.hint, code=code)
        if step_back:
            deps.progress.say(f"  note: {step_back.why}")


def _check_foreign(
    request: DeployRequest, deps: Dependencies, plan: Plan, *, protected: bool
) -> None:
    if plan.foreign is None:
        return
    message = foreign_words(plan.foreign)
    if protected and not request.allow_foreign:
        raise UsageError(
            message,
            hint=f"see what a deploy overwrites: edgefleet plan {request.target.as_selector}; "
            f"overwrite it: edgefleet deploy {request.target.as_option} --allow-foreign",
        )
    deps.progress.say(f"  note: {message}")


def check_irreversible(
    request: DeployRequest, deps: Dependencies, planned: Planned, *, protected: bool
) -> None:
    """Print which steps of a deploy no restore and no rollback undoes.

    In a protected environment it raises `UsageError` unless `--allow-irreversible` is given.
    """
    found = tuple(_irreversible(planned))
    for message in found:
        deps.progress.say(f"  note: {message}")
    if found and protected and not request.accept_irreversible:
        raise UsageError(
            "; ".join(found),
            hint="deploy all the same: "
            f"edgefleet deploy {request.target.as_option} --allow-irreversible",
        )


def _irreversible(planned: Planned) -> Iterator[str]:
    script, course = planned.plan.script, planned.plan.course
    transferred = transferred_from(planned.resolved, planned.before.migration_tag)
    if transferred:
        yield f"Durable Objects of {', '.join(transferred)} go to {script}: that is irreversible"
    elif exports := changed_exports(planned.plan.changes):
        yield from _changed_exports(planned, exports)
    elif course is DeployStrategy.MIGRATION:
        yield "Durable Object migrations are pending: Cloudflare runs no version from before them"
    if removed := removed_workflows(planned.plan.changes):
        yield f"workflows are deleted with their instances: {', '.join(map(foreign_text, removed))}"
    if course is DeployStrategy.FIRST:
        return  # no version is live that could need the tables as they are
    for database in planned.migrations:
        names = ", ".join(foreign_text(one.name) for one in database.migrations)
        yield f"D1 migrations of {database.binding} are pending, which nothing undoes: {names}"


def _changed_exports(planned: Planned, names: tuple[str, ...]) -> Iterator[str]:
    if planned.plan.course is DeployStrategy.FIRST:
        return
    declared = planned.resolved.get("exports")
    gone = [name for name in names if name not in live_exports(declared)]
    leaving = "; ".join(leaving_text(declared, foreign_text(name)) for name in gone)
    yield (
        "the declared exports change, and Cloudflare may refuse versions that declare others"
        f"{': ' if leaving else ''}{leaving}"
    )
