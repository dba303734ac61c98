"""The command of a hint, pasted: it does what the hint says.

Nothing is added to a command but what the hint leaves to the reader (VERSION_ID, GIT_REF), and to
deploys the engine and the bundle, and to plans the bundle, so that none builds.
"""

import json
import re
import shlex
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pyjson5
import pytest

from integration.conftest import TENANTS, Stage
from integration.test_overwritten import API, cloudflare, deploy, deploy_by_hand, git, live
from support.hint_ledger import kept
from support.pasting import fill
from support.project import Ran

__all__ = ["kept"]

ONE = TENANTS[0]
COMMAND = re.compile(
    r"edgefleet [a-z-]+(?: [a-z]+)? (?:--[a-z-]+(?: (?!--)[^\s;()]*[^\s;(),])? ?)+"
)
HOST = "chat.acme.example"
LASTING = {"kind": "status", "status": 500, "times": None}


@pytest.fixture
def fresh(quick_stage: Stage) -> Iterator[Stage]:
    """Lend the stage; its Cloudflare, records, branch and tenants are as before afterwards."""
    stage, root = quick_stage, quick_stage.project.root
    branch, before = git(stage, "symbolic-ref", "--short", "HEAD"), git(stage, "rev-parse", "HEAD")
    yield stage
    stage.edge.reset()
    git(stage, "checkout", "-q", "-f", "-B", branch, before)
    shutil.rmtree(root / "deployments", ignore_errors=True)


def hints(ran: Ran) -> list[str]:
    """Return the commands of the hint that a command ended with."""
    _, arrow, hint = " ".join(ran.err.split()).rpartition("-> ")
    assert arrow, ran.said
    return [found.strip() for found in COMMAND.findall(hint)]


def paste(stage: Stage, command: str, **left_open: str) -> Ran:
    """Run a command of a hint; `left_open` has what the hint left to its reader."""
    program, *words = shlex.split(fill(command, left_open))
    assert program == "edgefleet"
    bundle = ("--bundle", str(stage.bundle))
    more = {"deploy": (*API, *bundle), "deploy-all": bundle, "plan": bundle}.get(words[0], ())
    return stage.project.run(*words, *more)


def pasted(stage: Stage, ran: Ran, code: int, start: str, **left_open: str) -> Ran:
    """Paste the first command of a failed command's hint that begins so."""
    assert ran.code == code, ran.said
    command, *_ = [hint for hint in hints(ran) if hint.startswith(f"edgefleet {start}")]
    return paste(stage, command, **left_open)


def settings(stage: Stage, file: str, **changed: Any) -> None:
    """Change keys at the top of a file of the tenant."""
    path = stage.project.root / "tenants" / ONE / file
    path.write_text(json.dumps({**_read(stage, file), **changed}))


def _read(stage: Stage, file: str) -> dict[str, Any]:
    found = pyjson5.loads((stage.project.root / "tenants" / ONE / file).read_text())
    assert isinstance(found, dict)
    return found


def freeze(stage: Stage) -> None:
    """Freeze the tenant from yesterday to tomorrow."""
    now = datetime.now(UTC)
    days = {
        "from": f"{now - timedelta(days=1):%FT%TZ}",
        "until": f"{now + timedelta(days=1):%FT%TZ}",
    }
    settings(stage, "tenant.config.json", freeze={**days, "reason": "a fair"})


def test_a_frozen_tenant_is_deployed_all_the_same(fresh: Stage) -> None:
    freeze(fresh)
    done = pasted(fresh, deploy(fresh, "staging"), 2, "deploy")
    assert done.code == 0, done.said
    assert live(fresh, "staging")


def test_a_foreign_deployment_is_shown_and_then_overwritten(fresh: Stage) -> None:
    first = _twice_and_back(fresh, "production")
    refused = deploy(fresh, "production")
    assert "bob full" in pasted(fresh, refused, 2, "plan").out
    done = pasted(fresh, refused, 2, "deploy")
    assert done.code == 0, done.said
    assert live(fresh, "production") != first


def test_an_older_commit_is_deployed_over_a_newer_one(fresh: Stage) -> None:
    settings(fresh, "wrangler.jsonc", observability={"enabled": False})
    fresh.project.commit()
    assert deploy(fresh, "staging").code == 0
    git(fresh, "checkout", "-q", "HEAD~1")
    done = pasted(fresh, deploy(fresh, "staging"), 2, "deploy")
    assert done.code == 0, done.said
    assert cloudflare(fresh, "staging", "GET", "/script-settings")["observability"]["enabled"]


def test_a_pending_migration_is_applied(fresh: Stage) -> None:
    assert deploy(fresh, "production").code == 0
    steps = [*fresh.project.wrangler(ONE)["migrations"], {"tag": "v2", "new_sqlite_classes": []}]
    settings(fresh, "wrangler.jsonc", migrations=steps)
    fresh.project.commit()
    done = pasted(fresh, deploy(fresh, "production"), 2, "deploy")
    assert done.code == 0, done.said


def test_a_split_of_another_tool_is_replaced(fresh: Stage) -> None:
    first = _twice_and_back(fresh, "staging")
    assert deploy(fresh, "staging").code == 0
    second = live(fresh, "staging")
    shares = [{"version_id": one, "percentage": 50} for one in (first, second)]
    split = {"strategy": "percentage", "versions": shares}
    cloudflare(fresh, "staging", "POST", "/deployments", split)
    done = pasted(fresh, deploy(fresh, "staging"), 9, "deploy")
    assert done.code == 0, done.said
    assert live(fresh, "staging") not in {first, second}


def test_rollback_lists_versions_and_takes_one(fresh: Stage) -> None:
    assert deploy(fresh, "staging").code == 0
    only = live(fresh, "staging")
    refused = fresh.project.run("rollback", "--tenants", ONE, "--env", "staging")
    assert only[:8] in pasted(fresh, refused, 2, "history").out
    done = pasted(fresh, refused, 2, "rollback", VERSION_ID=only)
    assert (done.code, live(fresh, "staging")) == (0, only), done.said


@pytest.mark.parametrize("goal", ["0" * 40, "5f0e1d2c-3b4a-4958-8778-695848372716"])
def test_a_rollback_to_what_is_not_there_lists_what_is(fresh: Stage, goal: str) -> None:
    assert deploy(fresh, "staging").code == 0
    asked = ("rollback", "--tenants", ONE, "--env", "staging", "--to", goal)
    listed = pasted(fresh, fresh.project.run(*asked), 2, "history")
    assert listed.code == 0
    assert live(fresh, "staging")[:8] in listed.out


def test_changed_secrets_are_left_as_they_are(fresh: Stage) -> None:
    assert deploy(fresh, "staging").code == 0
    old = live(fresh, "staging")
    secret = {"name": "NEWER", "text": "v", "type": "secret_text"}
    cloudflare(fresh, "staging", "PUT", "/secrets", secret)
    refused = fresh.project.run("rollback", "--tenants", ONE, "--env", "staging", "--to", old)
    done = pasted(fresh, refused, 2, "rollback")
    assert (done.code, live(fresh, "staging")) == (0, old), done.said


def test_tags_that_cannot_be_read_are_explained(fresh: Stage) -> None:
    settings(fresh, "tenant.config.json", tags="eu")
    refused = fresh.project.run("plan", "--tenants", "tag:eu", "--env", "staging")
    explained = pasted(fresh, refused, 4, "validate")
    assert explained.code == 4
    assert f"tenants/{ONE}/tenant.config.json:" in explained.out
    assert "tags must be a list" in explained.out


@pytest.mark.parametrize("way", ["rollback", "deploy"])
def test_a_failed_restore_is_ended_in_both_directions(fresh: Stage, way: str) -> None:
    assert deploy(fresh, "staging").code == 0
    old = live(fresh, "staging")
    fresh.edge.fault(method="POST", path="*/deployments", nth=2, **LASTING)
    failed = deploy(fresh, "staging")
    fresh.edge.clear_faults()
    done = pasted(fresh, failed, 8, way)
    assert done.code == 0, done.said
    shares = cloudflare(fresh, "staging", "GET", "/deployments")["deployments"][0]["versions"]
    assert [share["percentage"] for share in shares] == [100]
    assert (shares[0]["version_id"] == old) == (way == "rollback")


def test_outdated_plan_is_made_again(fresh: Stage) -> None:
    assert deploy(fresh, "staging").code == 0
    file = fresh.project.root / "deployments/plans.json"
    bundle = ("--bundle", str(fresh.bundle))
    words = ("plan", "--tenants", ONE, "--env", "staging", *bundle)
    assert fresh.project.run(*words, "--output", str(file)).code == 0
    settings(fresh, "wrangler.jsonc", observability={"enabled": False})
    fresh.project.commit()
    refused = deploy(fresh, "staging", "--plan", str(file))
    done = pasted(fresh, refused, 2, "plan", FILE=str(file))
    assert done.code == 0, done.said
    again = deploy(fresh, "staging", "--plan", str(file))
    assert again.code == 0, again.said


def test_failed_deploy_is_repeated(fresh: Stage) -> None:
    fresh.edge.fault(method="PUT", path="*/scripts/*", kind="status", status=400, times=1)
    failed = deploy(fresh, "staging")
    done = pasted(fresh, failed, 6, "deploy")
    assert done.code == 0, done.said
    assert live(fresh, "staging")


def _twice_and_back(stage: Stage, environment: str) -> str:
    """Deploy twice; put the first version back behind edgefleet's back, and return it."""
    assert deploy(stage, environment).code == 0
    first = live(stage, environment)
    settings(stage, "wrangler.jsonc", compatibility_date="2026-01-16")
    stage.project.commit()
    assert deploy(stage, environment).code == 0
    deploy_by_hand(stage, environment, first)
    return first
