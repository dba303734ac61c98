"""A canary whose commands are killed at each of their requests to Cloudflare, and continued."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from integration.conftest import Stage, set_stage
from support.canaries import let_callers_in
from support.canary_deploys import ONE, shares
from support.canary_kills import TARGET, CanaryKills, canary_kills

CONTINUE = ["canary", "continue", *TARGET]
WAY = [0, 20, 50, 100]


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """Set a stage whose policy asks for no requests: time alone ends its steps."""
    for made in set_stage(tmp_path_factory, "none", "api"):
        quick = {"soak": "1s", "minimumRequests": 0, "source": "analytics", "delay": "0s"}
        let_callers_in(made.project.root, ONE, **quick)
        ran = made.deploy(ONE, "staging")
        assert ran.code == 0, ran.said
        yield made


@pytest.mark.timeout(3000)
@pytest.mark.parametrize("moved", [None, 20, 50], ids=["deploy", "continue", "finish"])
def test_killed_at_each_request_and_continued(
    stage: Stage, tmp_path: Path, moved: int | None
) -> None:
    with canary_kills(stage, tmp_path) as kills:
        nth = 0
        while True:
            nth += 1
            if _round(kills, moved, nth):
                break
    assert nth > 10


def _round(kills: CanaryKills, moved: int | None, nth: int) -> bool:
    """Kill the command that comes after a step; return whether it ended by itself."""
    old, deploy = kills.begin()
    before = len(shares(kills.stage))
    command = deploy
    if moved is not None:
        assert kills.killed(deploy, None)
        command = CONTINUE
        _until(kills, moved)
    by_itself = kills.killed(command, nth) is not None
    ended = kills.go_on()
    went = kills.steps(old, before)
    assert went == (WAY if went[-1] == 100 else [*WAY[: len(went) - 1], 0]), (nth, went)
    live = shares(kills.stage)[0]
    assert [share for _, share in live] == [100], (nth, live)
    assert (live[0][0] == old) == (went[-1] == 0), (nth, ended, went)
    return by_itself


def _until(kills: CanaryKills, moved: int) -> None:
    """Continue until the canary has this share, and its step is over."""
    while shares(kills.stage)[0][-1][1] != moved:
        assert kills.killed(CONTINUE, None)
    time.sleep(1)
