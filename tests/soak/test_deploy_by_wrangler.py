"""Faults while wrangler uploads, each of them; `make test` has one of each kind."""

from collections.abc import Iterator
from typing import Any

import pytest

from integration import test_deploy
from integration.conftest import Stage, set_stage


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """Have a version live."""
    for made in set_stage(tmp_path_factory, "workerd", "wrangler"):
        ran = made.deploy(test_deploy.ONE, "staging")
        assert ran.code == 0, ran.said
        yield made


@pytest.mark.parametrize(
    "fault", [test_deploy.THROTTLED, test_deploy.DROPPED], ids=["429", "dropped"]
)
def test_previous_version_answers_after_a_failure(stage: Stage, fault: dict[str, Any]) -> None:
    test_deploy.fails(stage, "upload", {"path": "*/versions", **fault}, "wrangler")


def test_a_malformed_answer_is_no_failure(stage: Stage) -> None:
    test_deploy.loses_an_answer(stage, "*/versions", "malformed", "wrangler")
