"""Which deploys have a canary, and which cannot have one."""

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, cast

import pytest

from edgefleet.cloudflare.d1.migrations import D1Migration, D1Migrations
from edgefleet.cloudflare.models import LiveState
from edgefleet.config.canary.counters import CounterContract
from edgefleet.config.canary.policy import NO_CANARY, CanaryChoice, CanaryPolicy
from edgefleet.config.credentials.lookup import Credentials
from edgefleet.config.fleet_config import NO_FLEET
from edgefleet.config.target import PRODUCTION, STAGING, Environment, Target
from edgefleet.config.tenant import Tenant
from edgefleet.deploy.checks.canaries import check_canary, check_choice, source_of
from edgefleet.deploy.request import Dependencies, DeployRequest
from edgefleet.errors import ConfigError, CredentialError, UsageError
from edgefleet.plan.plan import Planned
from edgefleet.records.models import Action, Origin
from edgefleet.state.models import DeployStrategy, Plan
from support.many import tenant_of

POLICY: dict[str, Any] = {"steps": [10], "soak": "1m", "source": "analytics"}
ASKED = CanaryChoice(steps=(5.0, 25.0))
PENDING = (
    D1Migrations(
        binding="DB",
        database_id="d",
        table="t",
        migrations=(D1Migration(name="0001.sql", sql=""),),
    ),
)


@dataclass
class Ports:
    """The part of the outside world that is looked at: secrets, and what is said."""

    credentials: Credentials
    words: list[str] = field(default_factory=list)

    @property
    def progress(self) -> "Ports":
        return self

    def say(self, text: str) -> None:
        self.words.append(text)


def check(
    tenant: Tenant,
    course: DeployStrategy = DeployStrategy.VERSION,
    environment: Environment = PRODUCTION,
    *,
    migrations: tuple[D1Migrations, ...] = (),
    observability: dict[str, Any] | None = None,
    **asked: Any,
) -> tuple[CanaryPolicy | None, list[str]]:
    """Return the policy of a deploy's canary, and what people read."""
    target = Target(tenant="t000", environment=environment)
    request = DeployRequest(
        target=target,
        load=lambda: tenant,
        bundle=lambda _: pytest.fail("nothing is built"),
        origin=Origin(edgefleet_version="0"),
        **asked,
    )
    plan = Plan(
        target=target,
        script="s",
        account_id="a",
        bundle_digest="d",
        course=course,
        why="",
        changes=(),
    )
    ports = Ports(Credentials({}, tenant.folder))
    resolved = {"observability": observability} if observability else {}
    planned = Planned(plan, resolved, LiveState(deployment=None), migrations)
    deps, policy = cast("Dependencies", ports), check_choice(request, tenant)
    return check_canary(request, deps, tenant, planned, policy), ports.words


def nothing(found: tuple[CanaryPolicy | None, list[str]]) -> bool:
    """Whether there is no canary, and nothing is said of one."""
    policy, words = found
    return policy is None and words == []


@pytest.fixture
def plain(tmp_path: Path) -> Tenant:
    return tenant_of(tmp_path, "t000")


@pytest.fixture
def careful(tmp_path: Path) -> Tenant:
    return tenant_of(tmp_path, "t000", canary=POLICY)


def test_without_a_policy_there_is_no_canary(plain: Tenant) -> None:
    assert nothing(check(plain))


def test_a_policy_holds_in_protected_environments(careful: Tenant) -> None:
    policy, words = check(careful)

    assert policy is not None
    assert policy.steps == (10.0,)
    assert "canary: 10 %, each for 60 s at least and 100 requests of each version" in words[0]
    assert nothing(check(careful, environment=STAGING))


def test_a_policy_may_name_its_environments(tmp_path: Path) -> None:
    named = tenant_of(tmp_path, "t000", canary={**POLICY, "environments": ["staging"]})

    assert check(named, environment=STAGING)[0]
    assert nothing(check(named))


def test_a_command_may_ask_for_a_canary_or_for_none(plain: Tenant, careful: Tenant) -> None:
    policy, _ = check(replace(plain, fleet=NO_FLEET), environment=STAGING, canary=ASKED)

    assert policy
    assert policy.steps == (5.0, 25.0)
    assert nothing(check(careful, canary=NO_CANARY))


def test_a_rollback_has_no_canary(careful: Tenant) -> None:
    assert nothing(check(careful, action=Action.ROLLBACK))


@pytest.mark.parametrize("course", [DeployStrategy.FIRST, DeployStrategy.SETTINGS])
def test_a_policy_lets_a_deploy_go_on_that_can_have_no_canary(
    careful: Tenant, course: DeployStrategy
) -> None:
    policy, (words,) = check(careful, course)

    assert policy is None
    assert words.startswith("  note: no canary: ")


@pytest.mark.parametrize(
    ("course", "words"),
    [
        (DeployStrategy.FIRST, "a first upload is live at once"),
        (DeployStrategy.MIGRATION, "Durable Object migrations live at once"),
        (DeployStrategy.SETTINGS, "only settings change"),
    ],
)
def test_a_canary_that_was_asked_for_is_refused_with_the_reason(
    plain: Tenant, course: DeployStrategy, words: str
) -> None:
    with pytest.raises(UsageError, match=words) as caught:
        check(plain, course, canary=ASKED)

    assert "edgefleet deploy --tenant t000 --env production --canary none" in caught.value.hint


def test_a_migration_ends_a_deploy_whose_files_want_a_canary(careful: Tenant) -> None:
    with pytest.raises(UsageError, match="D1 migrations are pending"):
        check(careful, migrations=PENDING)
    with pytest.raises(UsageError, match="Durable Object migrations"):
        check(careful, DeployStrategy.MIGRATION)


def test_a_soak_without_steps_is_no_canary(plain: Tenant) -> None:
    with pytest.raises(UsageError, match="this deploy has none"):
        check(plain, canary=CanaryChoice(soak=60.0))


def test_the_workers_counters_must_be_described(tmp_path: Path) -> None:
    tenant = tenant_of(tmp_path, "t000", canary={**POLICY, "source": "worker"})

    with pytest.raises(ConfigError, match="no 'counters'"):
        check(replace(tenant, fleet=NO_FLEET))


def test_a_missing_secret_of_the_counters_ends_it_early(plain: Tenant) -> None:
    contract = CounterContract.model_validate({"headers": {"X-Key": {"secret": "METRICS_KEY"}}})
    counted = replace(plain, fleet=NO_FLEET.model_copy(update={"counters": contract}))

    with pytest.raises(CredentialError, match="METRICS_KEY"):
        check(counted, canary=ASKED)


@pytest.mark.parametrize(
    ("observability", "kept"),
    [
        (None, False),
        ({"enabled": False}, False),
        ({"enabled": True}, True),
        ({"enabled": True, "logs": {"invocation_logs": False}}, False),
        ({"enabled": True, "logs": {"enabled": False}}, False),
        ({"logs": {"enabled": True}}, True),
    ],
)
def test_logs_judge_only_where_the_worker_keeps_them(
    tmp_path: Path, observability: dict[str, Any] | None, kept: bool
) -> None:
    tenant = tenant_of(tmp_path, "t000", canary={**POLICY, "source": "logs"})

    if kept:
        assert check(tenant, observability=observability)[0]
    else:
        with pytest.raises(ConfigError, match="the Worker keeps none of its invocations"):
            check(tenant, observability=observability)


def test_probes_need_a_health_check(tmp_path: Path) -> None:
    tenant = tenant_of(tmp_path, "t000", canary={**POLICY, "tooLittleTraffic": "probe"})
    silent = replace(tenant, fleet=NO_FLEET.model_copy(update={"health": None}))

    with pytest.raises(ConfigError, match="there is nothing to ask"):
        check(silent)


def test_the_workers_own_counters_come_first(plain: Tenant) -> None:
    fleet = NO_FLEET.model_copy(update={"counters": CounterContract()})
    counted = replace(plain, fleet=fleet)

    assert source_of(CanaryPolicy(), replace(plain, fleet=NO_FLEET)) == "analytics"
    assert source_of(CanaryPolicy(), counted) == "worker"
    assert source_of(CanaryPolicy(source="analytics"), counted) == "analytics"
