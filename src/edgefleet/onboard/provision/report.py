"""What provisioning did or would do, as text and as JSON."""

from collections.abc import Iterable, Sequence
from typing import Protocol

from edgefleet.config.target import Target
from edgefleet.core.foreign.text import foreign_text
from edgefleet.onboard.provision.models import (
    ProvisionedResource,
    ProvisionState,
    Step,
    StepState,
    TargetProvision,
)

SIGNS = {
    StepState.CREATE: "+",
    StepState.RESUME: "+",
    StepState.DONE: "+",
    StepState.TAKE: "~",
    StepState.UNTOLD: "!",
    StepState.CONFLICT: "!",
}
WORDS = {
    StepState.RESUME: "made by an earlier run; its id is to be written",
    StepState.TAKE: "the account has it already: edgefleet asks before it takes it",
}


class ReportedPlan(Protocol):
    """What a report needs of a plan."""

    @property
    def account_id(self) -> str:
        """The account."""
        ...

    @property
    def left(self) -> Sequence[str]:
        """What edgefleet does not make."""
        ...

    @property
    def unbound(self) -> Sequence[str]:
        """What nothing binds."""
        ...


def result_of(plan: ReportedPlan, steps: Iterable[Step], state: ProvisionState) -> TargetProvision:
    """Return a target as the command prints it."""
    return TargetProvision(
        account_id=plan.account_id,
        state=state,
        resources=tuple(_resource(step) for step in steps),
        left=tuple(plan.left),
        unbound=tuple(plan.unbound),
    )


def _resource(step: Step) -> ProvisionedResource:
    one = step.wanted
    return ProvisionedResource(
        kind=one.kind,
        name=foreign_text(one.name),
        bindings=tuple(dict.fromkeys(foreign_text(bound.binding) for bound in one.bound)),
        state=step.state,
        id=foreign_text(step.id or one.id or "") or None,
        why=step.why,
    )


def provision_text(target: Target, result: TargetProvision) -> str:
    """Return a target's part of the report: a line for all that is well, one for each other."""
    lines = [f"{target}: {_headline(result)}"]
    lines += [_line(one) for one in result.resources if one.state in SIGNS]
    lines += [f"  ! {each}" for each in result.left]
    lines += [f"  nothing binds {each}; edgefleet deletes nothing" for each in result.unbound]
    return "\n".join(lines)


def _headline(result: TargetProvision) -> str:
    states = [one.state for one in result.resources]
    counts = {
        "to make": states.count(StepState.CREATE) + states.count(StepState.RESUME),
        "to take over": states.count(StepState.TAKE),
        "not told": states.count(StepState.UNTOLD) + states.count(StepState.CONFLICT),
        "made": states.count(StepState.DONE),
        "present": states.count(StepState.PRESENT),
    }
    told = ", ".join(f"{number} {what}" for what, number in counts.items() if number)
    return f"{result.state}: {told}" if told else str(result.state)


def _line(one: ProvisionedResource) -> str:
    bindings = f" ({', '.join(one.bindings)})" if one.bindings else ""
    told = one.why or WORDS.get(one.state, "")
    identity = (
        f" {one.id}" if one.state is StepState.DONE and one.id not in (None, one.name) else ""
    )
    return f"  {SIGNS[one.state]} {one.kind} '{one.name}'{bindings}{identity}" + (
        f": {told}" if told else ""
    )
