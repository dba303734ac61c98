"""Each call that a rollback makes fails in each way: the end is never between two states."""

from collections.abc import Iterator, Sequence

import pytest

from edgefleet.rollback.request import RollbackRequest
from edgefleet.rollback.rollback import rollback
from support.struck import FEW, Blow, every
from support.sweep import TARGET, Course, Sweep, sweep_site, swept

pytestmark = pytest.mark.timeout(600)
"""Hundreds of cases a test: minutes on a machine that is busy with more."""


@pytest.fixture(scope="module")
def sweep(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sweep]:
    with sweep_site(tmp_path_factory.mktemp("sweep")) as site:
        yield site


def few_writes(_nth: int, call: tuple[str, str]) -> Sequence[Blow]:
    """Return few: where the commit of a version is known, a rollback writes more, no more."""
    return () if call[0] == "GET" else FEW


def releases_of_a_commit(sweep: Sweep) -> None:
    """Have a good version, and the bad one that is live, with settings made by hand."""
    sweep.deploy()
    sweep.deploy()
    sweep.meddle()


def releases(sweep: Sweep) -> None:
    """Have them of no commit, so that a rollback leaves triggers and settings alone."""
    of_none = sweep.request.origin.model_copy(update={"git_commit": None, "dirty": None})
    sweep.deploy(origin=of_none)
    sweep.deploy(origin=of_none)
    sweep.meddle()


def back_to_the_bad_one(sweep: Sweep) -> None:
    newest = sweep.read("versions")["items"][0]["id"]
    shares = [{"version_id": newest, "percentage": 100}]
    sweep.edit("POST", "/deployments", json={"strategy": "percentage", "versions": shares})
    sweep.meddle()


def roll_back(sweep: Sweep) -> None:
    asked = RollbackRequest(
        target=TARGET,
        load=sweep.request.load,
        load_at=lambda _folder, _target: sweep.tenant,
        root=sweep.root,
        origin=sweep.request.origin,
        health_deadline=1,
    )
    rollback(asked, sweep.ports)


COURSES = (
    Course("rollback", releases, back_to_the_bad_one, roll_back, every),
    Course(
        "rollback with settings", releases_of_a_commit, back_to_the_bad_one, roll_back, few_writes
    ),
)


@pytest.mark.parametrize("course", COURSES, ids=lambda course: course.name)
def test_no_end_of_a_rollback_is_between_two_states(sweep: Sweep, course: Course) -> None:
    tally = swept(sweep, course)
    print(f"\n{tally}")  # noqa: T201 - what was tried, for who asks with -s
    assert not tally.wrong, "\n".join(tally.wrong)
