"""What people read of a target: a line for all that is well, one for each other thing."""

from typing import NamedTuple

from edgefleet.cloudflare.named_resources import ResourceKind as K
from edgefleet.config.target import STAGING, Target
from edgefleet.onboard.provision.models import (
    BoundAt,
    ProvisionState,
    Step,
    StepState,
    TargetProvision,
    Wanted,
)
from edgefleet.onboard.provision.report import provision_text, result_of

TARGET = Target(tenant="acme", environment=STAGING)


class Planned(NamedTuple):
    """As much of a plan as a report needs."""

    account_id: str = "a"
    left: tuple[str, ...] = ()
    unbound: tuple[str, ...] = ()


def step(kind: K, name: str, state: StepState, identity: str | None = None, why: str = "") -> Step:
    bound = (BoundAt(("section",), name.upper(), "id"),)
    return Step(Wanted(kind, name, None, bound), state, identity, why)


def test_each_state_has_its_sign_and_words() -> None:
    steps = [
        step(K.NAMESPACE, "there", StepState.PRESENT, "1"),
        step(K.NAMESPACE, "new", StepState.CREATE),
        step(K.DATABASE, "ours", StepState.RESUME, "2"),
        step(K.BUCKET, "b", StepState.TAKE, "b"),
        step(K.INDEX, "docs", StepState.UNTOLD, why="say its shape"),
        step(K.HYPERDRIVE, "pg", StepState.DONE, "3"),
    ]
    planned = Planned(left=("the binding AI is missing",), unbound=("queue 'old'",))
    result = result_of(planned, steps, ProvisionState.PLANNED)
    assert provision_text(TARGET, result).splitlines() == [
        "acme-staging: planned: 2 to make, 1 to take over, 1 not told, 1 made, 1 present",
        "  + KV namespace 'new' (NEW)",
        "  + D1 database 'ours' (OURS): made by an earlier run; its id is to be written",
        "  ~ R2 bucket 'b' (B): the account has it already: edgefleet asks before it takes it",
        "  ! Vectorize index 'docs' (DOCS): say its shape",
        "  + Hyperdrive configuration 'pg' (PG) 3",
        "  ! the binding AI is missing",
        "  nothing binds queue 'old'; edgefleet deletes nothing",
    ]


def test_a_target_without_resources_has_its_state_alone() -> None:
    result = TargetProvision(account_id=None, state=ProvisionState.SKIPPED)
    assert provision_text(TARGET, result) == "acme-staging: skipped"


def test_names_of_files_redraw_no_terminal() -> None:
    odd = step(K.BUCKET, "a\x1b[2Jb\n::error::c", StepState.CREATE, "\x1b")
    result = result_of(Planned(), [odd], ProvisionState.PLANNED)
    text = provision_text(TARGET, result) + odd.wanted.words
    assert text.count("\n") == 1
    assert "\x1b" not in text
