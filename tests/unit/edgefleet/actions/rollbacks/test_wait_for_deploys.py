"""A rollback waits for a deploy of its target that works, and for none that waits itself."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from edgefleet.actions.rollbacks.wait_for_deploys import LONGEST_SECONDS, wait_for_deploys
from edgefleet.config.target import STAGING, Target
from edgefleet.core.secret import Secret
from edgefleet.errors import TargetBusyError
from edgefleet.github.repository import GitHub
from edgefleet.locks.models import Lock
from support.github import github
from support.github_state import GitHub as StandIn

ACME = Target(tenant="acme", environment=STAGING)


@pytest.fixture
def hub() -> Iterator[StandIn]:
    """Serve GitHub's API, with a run of deploy.yml that has ended."""
    with github() as state:
        state.ran("deploy acme-staging", number=1)
        yield state


def at_work(
    hub: StandIn, *jobs: str, status: str = "in_progress", run: str = "in_progress"
) -> None:
    """Start a run of deploy.yml whose jobs are at this."""
    hub.ran(*jobs, number=7, status=run, job_status=status, conclusion="")


def lock_of(run: int) -> Lock:
    """Return a lock that a run of this number holds."""
    now = datetime(2026, 11, 28, tzinfo=UTC)
    page = f"https://github.com/o/n/actions/runs/{run}"
    return Lock(id="a" * 32, action="deploy", host="h", since=now, until=now, run_url=page)


def waited(hub: StandIn, slept: list[float], **options: Any) -> None:
    """Wait as a rollback does; the run's jobs end after the second sleep."""

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        if len(slept) == 2:
            del hub.runs[7]

    client = GitHub(hub.url, Secret(hub.token), hub.repository)
    wait_for_deploys(client, ACME, sleep=sleep, now=lambda: sum(slept), **options)


def test_nothing_is_waited_for_where_nothing_works(hub: StandIn) -> None:
    slept: list[float] = []
    waited(hub, slept)
    assert slept == []
    assert len(hub.asked) == 1


def test_a_deploy_by_another_workflow_file_is_waited_for(hub: StandIn) -> None:
    file = "edgefleet-deploy.yml"
    hub.ran("deploy acme-staging", number=7, path=f".github/workflows/{file}", status="in_progress")
    hub.runs[7]["jobs"][0].update(status="in_progress", conclusion="")
    slept: list[float] = []
    waited(hub, slept, workflow=file)
    assert len(slept) == 2


@pytest.mark.parametrize("status", ["waiting", "pending"])
def test_deploy_awaiting_review_blocks_no_rollback(hub: StandIn, status: str) -> None:
    """F2, R28."""
    at_work(hub, "deploy acme-staging", "shard 1 of staging", status=status, run="waiting")
    slept: list[float] = []
    waited(hub, slept)
    assert slept == []


def test_a_deploy_of_the_target_is_waited_for_and_others_are_not(
    hub: StandIn, capsys: pytest.CaptureFixture[str]
) -> None:
    """F2."""
    at_work(hub, "deploy acme-production", "deploy birch-staging", "shard 1 of production")
    slept: list[float] = []
    waited(hub, slept)
    assert slept == []
    at_work(hub, "deploy acme-staging")
    waited(hub, slept)
    assert slept == [10.0, 20.0]
    assert "waiting for the job 'deploy acme-staging' of run 7" in capsys.readouterr().out


def test_a_shard_at_work_is_named_and_ends_the_rollback_with_9(hub: StandIn) -> None:
    """A14, F10: which targets a shard works on cannot be seen from outside."""
    at_work(hub, "shard 3 of staging", status="queued")
    with pytest.raises(TargetBusyError, match=r"'shard 3 of staging' of run 7 is at work: https"):
        waited(hub, [])
    assert TargetBusyError.exit_code == 9


def test_shard_without_the_shared_lock_is_named(hub: StandIn) -> None:
    at_work(hub, "shard 3 of staging with wrangler")
    with pytest.raises(TargetBusyError, match="'shard 3 of staging with wrangler' of run 7"):
        waited(hub, [], holder=lambda: None)


def test_endless_deploy_is_named_with_its_cancel_command(
    hub: StandIn,
) -> None:
    at_work(hub, "deploy acme-staging")
    with pytest.raises(TargetBusyError) as caught:
        waited(hub, [LONGEST_SECONDS, 0.0])
    assert "gh run cancel 7" in caught.value.hint


@pytest.mark.parametrize(
    ("job", "lock", "slept"),
    [
        ("deploy acme-staging", lock_of(7), []),
        ("deploy acme-staging", lock_of(17), [10.0, 20.0]),
        ("deploy acme-staging", None, [10.0, 20.0]),
        ("shard 1 of staging", lock_of(7), []),
        ("shard 1 of staging", None, []),
    ],
    ids=["it holds", "another holds", "it has its own lock", "a shard", "another shard"],
)
def test_where_both_take_the_shared_lock_the_lock_decides(
    hub: StandIn, job: str, lock: Lock | None, slept: list[float]
) -> None:
    at_work(hub, job)
    found: list[float] = []
    waited(hub, found, holder=lambda: lock)
    assert found == slept
