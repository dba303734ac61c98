"""Each call of a deploy and of a rollback fails in each way, also a read that others make too."""

from dataclasses import replace

import pytest

from integration import test_fault_sweep, test_fault_sweep_rollback
from support.struck import whole
from support.sweep import Course, sweep_site, swept

COURSES = (*test_fault_sweep.COURSES, *test_fault_sweep_rollback.COURSES)


@pytest.mark.timeout(1800)
@pytest.mark.parametrize("course", COURSES, ids=lambda course: course.name)
def test_no_end_is_between_two_states(
    tmp_path_factory: pytest.TempPathFactory, course: Course
) -> None:
    with sweep_site(tmp_path_factory.mktemp("sweep")) as sweep:
        tally = swept(sweep, replace(course, blows=whole))
    print(f"\n{tally}")  # noqa: T201 - what was tried, for who asks with -s
    assert not tally.wrong, "\n".join(tally.wrong)
