"""Each call that a deploy makes fails in each way: the end is never between two states."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

import pytest

from edgefleet.deploy.pipeline import deploy
from support.struck import EVERY, FEW, READ, Blow, every
from support.sweep import Course, Sweep, migrated, sweep_site, swept

pytestmark = pytest.mark.timeout(600)
"""Hundreds of cases a test: minutes on a machine that is busy with more."""


@pytest.fixture(scope="module")
def sweep(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sweep]:
    with sweep_site(tmp_path_factory.mktemp("sweep")) as site:
        yield site


def every_write(_nth: int, call: tuple[str, str]) -> Sequence[Blow]:
    """Its reads are reads of the version's course, too."""
    return READ if call[0] == "GET" else EVERY


def few_writes(_nth: int, call: tuple[str, str]) -> Sequence[Blow]:
    """Up to the upload it is the version's course; from there on it is a first upload's."""
    return () if call[0] == "GET" else FEW


def few(_nth: int, call: tuple[str, str]) -> Sequence[Blow]:
    """Its calls are all of them calls of the version's course, too."""
    return READ if call[0] == "GET" else FEW


def release(sweep: Sweep) -> None:
    deploy(replace(sweep.request, bundle=sweep.next_bundle()), sweep.ports)


def set_settings(sweep: Sweep) -> None:
    deploy(sweep.request, sweep.ports)


def migrate(sweep: Sweep) -> None:
    deploy(replace(sweep.request, load=lambda: migrated(sweep.tenant)), sweep.ports)


def edited(sweep: Sweep) -> None:
    """Have a version live, with settings that are not the files'."""
    sweep.deploy(bundle=sweep.request.bundle)
    sweep.meddle()


def anew(sweep: Sweep) -> None:
    sweep.remove()
    edited(sweep)


COURSES = (
    Course("first upload", lambda _: None, Sweep.remove, release, every_write),
    Course("version", edited, Sweep.meddle, release, every),
    Course("settings", edited, Sweep.meddle, set_settings, few),
    Course("migration", edited, anew, migrate, few_writes),
)


@pytest.mark.parametrize("course", COURSES, ids=lambda course: course.name)
def test_no_end_of_a_deploy_is_between_two_states(sweep: Sweep, course: Course) -> None:
    tally = swept(sweep, course)
    print(f"\n{tally}")  # noqa: T201 - what was tried, for who asks with -s
    assert not tally.wrong, "\n".join(tally.wrong)
