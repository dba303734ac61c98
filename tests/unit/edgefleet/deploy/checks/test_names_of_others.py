"""Queues and workflows of other scripts, and workflows that would move, stop a deploy early."""

from datetime import date
from pathlib import Path

import pytest

from edgefleet.config.target import STAGING, Target
from edgefleet.config.tenant import Tenant
from edgefleet.config.validate import require_valid
from edgefleet.deploy.checks.hosts import check_addresses
from edgefleet.errors import ConfigError
from edgefleet.state.models import Change, ChangeKind, DeployStrategy, Plan, TakenHost
from support.fleet import make_fleet


@pytest.fixture
def tenant(tmp_path: Path) -> Tenant:
    (found,) = require_valid(make_fleet(tmp_path), ["alder"], [STAGING], today=date(2026, 11, 1))
    return found


def refusal(tenant: Tenant, plan: Plan) -> ConfigError:
    with pytest.raises(ConfigError) as caught:
        check_addresses(None, None, tenant, plan)  # type: ignore[arg-type]  # it ends before it asks
    return caught.value


def plan(**more: object) -> Plan:
    facts = {
        "target": Target(tenant="alder", environment=STAGING),
        "script": "mine",
        "account_id": "a",
        "bundle_digest": "d",
        "course": DeployStrategy.VERSION,
        "why": "",
        "changes": (),
    }
    return Plan.model_validate({**facts, **more})


@pytest.mark.parametrize(
    ("what", "owner", "words", "command"),
    [
        (
            "queue",
            "theirs",
            "belongs to the script theirs",
            "queues consumer worker remove x theirs",
        ),
        ("queue", "a pull consumer", "belongs to a pull", "queues consumer http remove x"),
        ("workflow", "theirs", "belongs to the script theirs", "workflows delete x"),
        ("route", "theirs", "belongs to the script theirs", "remove it from theirs"),
    ],
)
def test_what_another_script_has_is_not_taken(
    tenant: Tenant, what: str, owner: str, words: str, command: str
) -> None:
    error = refusal(tenant, plan(takes=(TakenHost(what=what, name="x", script=owner),)))
    assert words in error.message
    assert command in error.hint


def test_a_workflow_that_would_move_is_refused(tenant: Tenant) -> None:
    moved = Change(
        path="workflows.orders",
        kind=ChangeKind.CHANGED,
        before={"class_name": "Orders"},
        after={"class_name": "Orders", "jurisdiction": "eu"},
    )
    error = refusal(tenant, plan(changes=(moved,)))
    assert "the workflow orders has the jurisdiction none, which cannot become eu" in error.message
