"""Targets as outputs of a job: in few bytes, for the steps of later jobs.

A step has them in a variable and gives them as an argument. For either Linux has room for 131,072
bytes with name and end (MAX_ARG_STRLEN, https://man7.org/linux/man-pages/man2/execve.2.html), and
a matrix of a thousand targets is longer.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Annotated

from pydantic import BeforeValidator, Field, PlainSerializer, TypeAdapter, ValidationError

from edgefleet.actions.targets.select_targets import SkippedTarget
from edgefleet.config.target import Environment, Target
from edgefleet.core.model import Json, Model
from edgefleet.errors import UsageError

ROOM = 131_000
"""Bytes of a value; the rest of those 131,072 is for the variable's name."""

HINT = "give it the output of ci/select_deploy_targets.py, or of its siblings"


def _parted(value: Json) -> Json:
    return value.split(",") if isinstance(value, str) else value


Name = Annotated[str, Field(min_length=1)]
Tenants = Annotated[tuple[Name, ...], BeforeValidator(_parted), PlainSerializer(",".join)]
Names = dict[Environment, Tenants]
"""Tenants by environment: `{"staging": "acme,birch"}`."""


class Group(Model):
    """Targets that are skipped for one reason."""

    outcome: str
    why: str
    targets: Names


NAMES: TypeAdapter[Names] = TypeAdapter(Names)
GROUPS: TypeAdapter[tuple[Group, ...]] = TypeAdapter(tuple[Group, ...])


def targets_text(targets: Sequence[Target]) -> str:
    """Return targets as text. Raises `UsageError` where they are too many."""
    return _fitting(NAMES.dump_json(_names(targets)), f"{len(targets):,} targets")


def targets_in(text: str) -> list[Target]:
    """Return the targets of a text. Raises `UsageError` for what is none."""
    try:
        return _targets(NAMES.validate_json(text))
    except ValidationError as error:
        raise UsageError(
            "--targets is not a JSON object of environments and tenants", hint=HINT
        ) from error


def skipped_text(skipped: Iterable[SkippedTarget]) -> str:
    """Return the skipped targets as text, by reason. Raises `UsageError` where it is too long."""
    found: dict[tuple[str, str], list[Target]] = defaultdict(list)
    for one in skipped:
        found[one.outcome, one.why].append(one.target)
    groups = tuple(
        Group(outcome=outcome, why=why, targets=_names(targets))
        for (outcome, why), targets in found.items()
    )
    return _fitting(GROUPS.dump_json(groups), f"{len(groups):,} reasons to skip targets")


def skipped_in(text: str) -> list[SkippedTarget]:
    """Return the skipped targets of a text. Raises `UsageError` for what is none."""
    try:
        groups = GROUPS.validate_json(text)
    except ValidationError as error:
        raise UsageError("--skipped is not a JSON list of skipped targets", hint=HINT) from error
    return [
        SkippedTarget(one, group.outcome, group.why)
        for group in groups
        for one in _targets(group.targets)
    ]


def _names(targets: Iterable[Target]) -> Names:
    found: dict[Environment, list[str]] = defaultdict(list)
    for target in targets:
        found[target.environment].append(target.tenant)
    return {environment: tuple(tenants) for environment, tenants in found.items()}


def _targets(names: Names) -> list[Target]:
    return [
        Target(tenant=tenant, environment=environment)
        for environment, tenants in names.items()
        for tenant in tenants
    ]


def _fitting(value: bytes, what: str) -> str:
    if len(value) > ROOM:
        raise UsageError(
            f"{what} take {len(value):,} bytes, and a step of a workflow has room for {ROOM:,}",
            hint="name fewer tenants",
        )
    return value.decode()
