"""How many requests each course sends to Cloudflare: one more than the table allows is a failure.

No Worker runs, and locks are this machine's: all requests that are counted are edgefleet's own.
"""

import shutil
from collections.abc import Callable, Sequence

import pytest

from integration.conftest import TENANTS, Stage
from support.request_counts import MOST

ONE = TENANTS[0]
TARGET = ("--tenant", ONE, "--env", "staging")
TARGETS = ("--tenants", ONE, "--env", "staging")
LEVELS = ("warn", "debug")
CHECK = 2
"""Requests with which deploy-all checks a token before it touches the first target."""


@pytest.fixture(scope="module", autouse=True)
def deployed(quick_stage: Stage) -> None:
    run(quick_stage, "deploy", *TARGET, "--engine", "api")
    deploy_another(quick_stage)


def run(stage: Stage, *words: str) -> list[str]:
    """Run a command that must end well; return the requests that it sent."""
    before = len(stage.edge.requests())
    ran = stage.project.run(*words)
    assert ran.code == 0, ran.said
    return [f"{one['method']} {one['path']}" for one in stage.edge.requests()[before:]]


def change(stage: Stage) -> None:
    """Commit files that want another version than the live one."""
    text = (stage.project.root / "tenants" / ONE / "wrangler.jsonc").read_text()
    level = next(one for one in LEVELS if f'"{one}"' not in text)
    stage.project.overlay(ONE, vars={"LOG_LEVEL": level})
    stage.project.commit()


def deploy_another(stage: Stage) -> list[str]:
    change(stage)
    return run(stage, "deploy", *TARGET, "--engine", "api")


def seen(stage: Stage) -> None:
    """Let this machine look at the live version."""
    run(stage, "drift", *TARGETS)


def unseen(stage: Stage) -> None:
    """Let this machine know no version."""
    shutil.rmtree(stage.project.root / ".edgefleet" / "seen", ignore_errors=True)


def new_version(stage: Stage) -> list[str]:
    """Deploy one version after the other, as releases come, without a look between them."""
    deploy_another(stage)
    return deploy_another(stage)


def new_version_seen(stage: Stage) -> list[str]:
    seen(stage)
    return deploy_another(stage)


def new_version_unseen(stage: Stage) -> list[str]:
    unseen(stage)
    return deploy_another(stage)


def unchanged(stage: Stage) -> list[str]:
    seen(stage)
    return run(stage, "deploy", *TARGET, "--engine", "api")


def deploy_all(stage: Stage) -> list[str]:
    seen(stage)
    return run(stage, "deploy-all", *TARGETS)


def deploy_another_by_all(stage: Stage) -> list[str]:
    deploy_another(stage)
    change(stage)
    return run(stage, "deploy-all", *TARGETS)


def plan(stage: Stage) -> list[str]:
    seen(stage)
    return run(stage, "plan", *TARGETS)


def drift(stage: Stage) -> list[str]:
    seen(stage)
    return run(stage, "drift", *TARGETS)


def drift_unseen(stage: Stage) -> list[str]:
    unseen(stage)
    return run(stage, "drift", *TARGETS)


def rollback(stage: Stage) -> list[str]:
    """Return to the version before, and make the one that the files want live again."""
    seen(stage)
    sent = run(stage, "rollback", *TARGETS)
    run(stage, "deploy", *TARGET, "--engine", "api")
    return sent


COURSES: Sequence[tuple[str, Callable[[Stage], list[str]]]] = (
    ("new version", new_version),
    ("new version, the live one seen before", new_version_seen),
    ("new version, the live one not seen before", new_version_unseen),
    ("unchanged", unchanged),
    ("unchanged, by deploy-all", lambda stage: deploy_all(stage)[CHECK:]),
    ("new version, by deploy-all", lambda stage: deploy_another_by_all(stage)[CHECK:]),
    ("check of deploy-all, each token", lambda stage: deploy_all(stage)[:CHECK]),
    ("plan", plan),
    ("drift", drift),
    ("drift, the live one not seen before", drift_unseen),
    ("rollback", rollback),
)


@pytest.mark.parametrize(("course", "act"), COURSES, ids=[name for name, _ in COURSES])
def test_a_course_sends_no_more_than_its_requests(
    quick_stage: Stage, course: str, act: Callable[[Stage], list[str]]
) -> None:
    sent = act(quick_stage)
    account = quick_stage.project.wrangler(ONE)["account_id"]
    told = [one.replace(f"/client/v4/accounts/{account}", "A") for one in sent]
    counted = "\n".join([f"{course}: {len(sent)} requests, {MOST[course]} at most", *told])
    assert len(sent) == MOST[course], counted


def test_the_table_names_these_courses_and_no_others() -> None:
    assert [name for name, _ in COURSES] == list(MOST)
