"""Hints of canaries, and of runs over the fleet, pasted, as in `test_pasted_hints.py`."""

import re

import pytest

from integration.conftest import TENANTS, Stage
from integration.test_overwritten import deploy, live
from integration.test_pasted_hints import ONE, freeze, fresh, paste, pasted, settings
from support.canaries import let_callers_in
from support.canary_deploys import shares
from support.hint_ledger import kept

__all__ = ["fresh", "kept"]

TARGETS = ("--tenants", ONE, "--env", "staging")
QUICK = {"soak": "1s", "minimumRequests": 0, "source": "analytics", "delay": "0s"}


def policy(stage: Stage, **keys: object) -> None:
    """Let the tenant's files have a canary; commit them."""
    let_callers_in(stage.project.root, ONE, **{**QUICK, **keys})
    stage.project.commit()


def begin(stage: Stage) -> tuple[str, str]:
    """Deploy twice, the second time to the first step of a canary; return old and new."""
    policy(stage)
    assert deploy(stage, "staging").code == 0
    old = live(stage, "staging")
    ran = deploy(stage, "staging", "--first-step")
    assert ran.code == 0, ran.said
    return old, str(stage.project.records()[-1]["version_id"])


def test_a_canary_under_way_goes_on(fresh: Stage) -> None:
    begin(fresh)
    shown = fresh.project.run("plan", *TARGETS, "--bundle", str(fresh.bundle)).said
    named = re.search(r"edgefleet canary continue --tenants \S+ --env \S+", shown)
    assert named, shown
    done = paste(fresh, named[0])
    assert done.code == 0, done.said


def test_a_held_canary_is_finished(fresh: Stage) -> None:
    old, new = begin(fresh)
    freeze(fresh)
    refused = fresh.project.run("canary", "finish", *TARGETS)
    assert pasted(fresh, refused, 2, "canary finish").code == 0
    assert live(fresh, "staging") == new != old


def test_a_held_canary_is_aborted(fresh: Stage) -> None:
    old, _ = begin(fresh)
    freeze(fresh)
    refused = fresh.project.run("canary", "finish", *TARGETS)
    assert pasted(fresh, refused, 2, "canary abort").code == 0
    assert shares(fresh)[0] == [(old, 100)]


@pytest.mark.parametrize("words", [("--canary", "0"), ("--keep", "1h")])
def test_the_version_before_is_kept_for_a_time(fresh: Stage, words: tuple[str, ...]) -> None:
    policy(fresh, environments=["production"])
    assert deploy(fresh, "staging").code == 0
    old = live(fresh, "staging")
    refused = deploy(fresh, "staging", *words)
    settings(fresh, "wrangler.jsonc", compatibility_date="2026-01-16")
    fresh.project.commit()
    done = pasted(fresh, refused, 2, "deploy")
    assert done.code == 0, done.said
    assert (old, 0) in shares(fresh)[0]


def test_too_little_traffic_is_deployed_without_a_canary(fresh: Stage) -> None:
    policy(fresh, minimumRequests=1000, deadline="2s")
    assert deploy(fresh, "staging", "--canary", "none").code == 0
    old = live(fresh, "staging")
    failed = deploy(fresh, "staging")
    assert live(fresh, "staging") == old
    done = pasted(fresh, failed, 11, "deploy")
    assert done.code == 0, done.said


def test_steps_of_no_canary_get_their_canary(fresh: Stage) -> None:
    bundle = ("--bundle", str(fresh.bundle))
    words = ("deploy-all", "--env", "staging", *bundle, "--soak", "1m")
    done = pasted(fresh, fresh.project.run(*words), 2, "deploy-all")
    assert done.code == 0, done.said  # a first upload has no version to compare it with
    assert live(fresh, "staging")
    assert len(fresh.project.records()) > len(TENANTS)
