"""Prints what `edgefleet provision` did or would do, and ends with its exit code."""

import click

from edgefleet.cli.output.json_output import error_json, print_json
from edgefleet.cli.output.show import show
from edgefleet.cli.output.target_errors import TargetErrors
from edgefleet.config.target import Target, target_entry
from edgefleet.core.model import Json
from edgefleet.errors import ConfigError, EdgefleetError, FleetError, Interrupted, UsageError
from edgefleet.onboard.provision.models import ProvisionState, StepState, TargetProvision
from edgefleet.onboard.provision.plan import TargetPlan
from edgefleet.onboard.provision.report import provision_text, result_of
from edgefleet.onboard.provision.run import FINAL, ProvisionEnd

TASK = "provision"
DONE = (ProvisionState.COMPLETE, ProvisionState.SKIPPED)


class ProvisionReport:
    """The report of one command; `again` is its command line without `--apply`."""

    def __init__(self, again: str, output_format: str) -> None:
        self._again = again
        self._json = output_format == "json"
        self._results: list[tuple[Target, TargetProvision, EdgefleetError | None]] = []

    def skipped(self, target: Target) -> None:
        """Show a target that an earlier run left complete."""
        result = TargetProvision(account_id=None, state=ProvisionState.SKIPPED)
        self._add(target, result, None)

    def failed(self, target: Target, error: EdgefleetError) -> None:
        """Keep why edgefleet could not look into a target's account."""
        result = TargetProvision(account_id=None, state=ProvisionState.FAILED)
        self._add(target, result, error)

    def planned(self, plan: TargetPlan) -> None:
        """Show what --apply would do."""
        final = all(step.state in FINAL for step in plan.steps)
        state = ProvisionState.COMPLETE if final else ProvisionState.PLANNED
        self._add(plan.target, result_of(plan, plan.steps, state), None)

    def ended(self, end: ProvisionEnd) -> None:
        """Show what was done at a target, and keep why anything is left."""
        result = result_of(end.plan, end.steps, end.state)
        self._add(end.plan.target, result, end.error or self._left(end))

    def finish(self, *, applied: bool) -> None:
        """Print what comes last; raise where a part failed, or is left."""
        if self._json:
            print_json([_entry(*one) for one in self._results])
        errors = TargetErrors()
        for target, _, error in self._results:
            if error is not None:
                errors.add(target, TASK, error)
        for line in errors.summary():
            click.echo(line, err=True)
        if applied:
            self._require_done(errors)
        else:
            errors.raise_first()
            self._say_next()

    def _add(self, target: Target, result: TargetProvision, error: EdgefleetError | None) -> None:
        self._results.append((target, result, error))
        if not self._json and (error is None or result.resources):
            show(provision_text(target, result))

    def _say_next(self) -> None:
        planned = any(one.state is ProvisionState.PLANNED for _, one, _ in self._results)
        if planned and not self._json:
            show(f"nothing was changed; to make it: {self._again} --apply")

    def _require_done(self, errors: TargetErrors) -> None:
        left = [one for _, one, _ in self._results if one.state not in DONE]
        reached = f"{len(left)} of {len(self._results)} targets are left"
        hint = f"{self._again} --apply --resume"
        stopped = (ProvisionState.INTERRUPTED, ProvisionState.WAITING)
        if any(one.state in stopped for one in left):
            made = sum(
                resource.state is StepState.DONE
                for _, one, _ in self._results
                for resource in one.resources
            )
            raise Interrupted(f"interrupted; {made} resources were made; {reached}", hint=hint)
        if len(self._results) > 1 and left:
            raise FleetError(reached, hint=f"to do what is left: {hint}")
        errors.raise_first()

    def _left(self, end: ProvisionEnd) -> EdgefleetError | None:
        """Return why a target is not complete though nothing failed."""
        there = [step for step in end.steps if step.state is StepState.TAKE]
        if there:
            words = ", ".join(step.wanted.words for step in there)
            return UsageError(
                f"the account has {words} already, and edgefleet takes over nothing without a "
                "question; --yes is the answer for all of them",
                hint=f"{self._again} --apply --yes",
            )
        if end.plan.blocked:
            return ConfigError(
                "; ".join(f"{step.wanted.words}: {step.why}" for step in end.plan.blocked)
            )
        return None


def _entry(target: Target, result: TargetProvision, error: EdgefleetError | None) -> Json:
    told = {"error": error_json(error) if error else None}
    return target_entry(target, {**result.model_dump(mode="json"), **told})
