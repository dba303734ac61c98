"""A canary that Cloudflare's analytics judge, late and sampled."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from integration.conftest import Stage, set_stage
from support.canaries import KEY, THROWN, let_callers_in
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
def test_what_analytics_count_finds_a_bad_version(stage: Stage, tmp_path: Path) -> None:
    step = judged_bad(stage, tmp_path, "analytics", "graphql", THROWN)
    assert step["sample_interval"] == 10
