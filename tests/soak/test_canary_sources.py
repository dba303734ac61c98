"""The same fault, found by each source alone; what is late and sampled is."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from integration.conftest import Stage, set_stage
from support.canaries import KEY, SEEN_BY_ALL, THROWN, let_callers_in
from support.canary_deploys import ONE, judged_bad


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    for made in set_stage(tmp_path_factory, "workerd", "api"):
        let_callers_in(made.project.root, ONE)
        made.project.environ["EDGEFLEET_SMOKE_KEY_MRRAINBOWSMOKE"] = KEY
        ran = made.deploy(ONE, "staging")
        assert ran.code == 0, ran.said
        yield made


@pytest.mark.timeout(300)
@pytest.mark.parametrize("source", ["worker", "logs", "analytics"])
def test_each_source_alone_finds_the_same_fault(stage: Stage, tmp_path: Path, source: str) -> None:
    step = judged_bad(stage, tmp_path, source, SEEN_BY_ALL)

    assert step["new"]["errors"] > 0.9 * step["new"]["requests"]
    assert step["old"]["errors"] == 0


@pytest.mark.timeout(300)
def test_analytics_find_what_the_worker_cannot_count(stage: Stage, tmp_path: Path) -> None:
    judged_bad(stage, tmp_path, "analytics", THROWN)
