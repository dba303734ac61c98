"""Requests stay within Cloudflare's limit, however many targets and threads make them."""

import threading
from pathlib import Path

import pytest

from edgefleet.cloudflare.client import Cloudflare
from edgefleet.cloudflare.envelope import ApiError
from edgefleet.cloudflare.timing.rate_limiter import RateLimiter, RateLimiters, limit
from edgefleet.core.clock import SystemClock
from edgefleet.core.secret import Secret
from edgefleet.errors import UsageError
from localedge.control import rate_limit as localedge_rate_limit
from localedge.state.accounts import Token
from support.answers import enveloped, refused, scripted
from support.clock import FakeClock
from support.many import tenant_of


def test_no_window_holds_more_requests_than_are_allowed() -> None:
    clock, made = FakeClock(), []
    budget = RateLimiter(clock, requests=10, seconds=5)
    for _ in range(100):
        budget.acquire(clock.sleep)
        made.append(clock.monotonic())
        clock.elapsed += 0.1
    for first, eleventh in zip(made, made[10:], strict=False):
        assert eleventh - first > 5
    assert made[-1] < 9 * 5 * 1.2, "it uses what it may"


def test_requests_within_the_budget_stay_below_the_limit() -> None:
    clock = FakeClock()
    budget = RateLimiter(clock)
    cloudflare = localedge_rate_limit.RateLimiter(clock=clock.monotonic)
    for number in range(5000):
        budget.acquire(clock.sleep)
        cloudflare.acquire(Token("t", ()))
        clock.elapsed += 0.01 * (number % 7)


def test_threads_share_a_budget() -> None:
    """The window is of the moments that the budget itself read: threads may be late after it."""
    clock, read = SystemClock(), threading.local()
    made: list[float] = []

    class Noted(SystemClock):
        def monotonic(self) -> float:
            read.last = super().monotonic()
            return float(read.last)

    budget = RateLimiter(Noted(), requests=20, seconds=0.2)

    def ask() -> None:
        for _ in range(10):
            budget.acquire(clock.sleep)
            made.append(read.last)

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    made.sort()
    assert len(made) == 80
    assert all(later - first >= 0.2 for first, later in zip(made, made[20:], strict=False))


def test_one_refusal_delays_all_and_spreads_their_return() -> None:
    clock = FakeClock()
    spread = iter([0.2, 0.9])
    budget = RateLimiter(clock, jitter=lambda: next(spread))
    budget.back_off(100)
    returned = []
    for _ in range(2):
        clock.elapsed = 0
        budget.acquire(clock.sleep)
        returned.append(clock.elapsed)
    assert 100 < returned[0] < returned[1] < 110


def test_a_throttled_upload_is_made_again_when_the_gate_opens() -> None:
    clock = FakeClock()
    budget = RateLimiter(clock, jitter=lambda: 0.0)
    with scripted(refused(971, 429, Retry_After="7"), enveloped({"id": "v"})) as server:
        api = Cloudflare(server.url, Secret("token"), sleep=clock.sleep, budget=budget)
        assert api.upload("POST", "/x", {}, (), dict) == {"id": "v"}
    assert clock.slept == [7.0]
    assert len(server.asked) == 2


def test_a_gate_that_stays_closed_is_given_up_in_the_end() -> None:
    clock = FakeClock()
    budget = RateLimiter(clock, jitter=lambda: 0.0)
    with scripted(refused(971, 429)) as server, pytest.raises(ApiError, match="971"):
        Cloudflare(server.url, Secret("token"), sleep=clock.sleep, budget=budget).get("/x", dict)
    assert len(server.asked) == 4
    assert clock.slept == [1.0, 2.0, 4.0]


def test_tenants_of_one_owner_share_a_budget(tmp_path: Path) -> None:
    owned = [tenant_of(tmp_path, name, owner="agency") for name in ("t000", "t001")]
    alone = [tenant_of(tmp_path, name) for name in ("t002", "t003")]
    owners = [(one.config.account_id, one.config.owner) for one in (*owned, *alone)]
    budgets = RateLimiters({}, FakeClock(), owners)
    first, second, third, fourth = (
        budgets.of(tenant.config.account_id) for tenant in (*owned, *alone)
    )
    assert first is second
    assert len({id(first), id(third), id(fourth)}) == 3


def test_budget_ends_with_its_last_client() -> None:
    budgets = RateLimiters({}, FakeClock())
    held = budgets.of("a" * 32)
    assert budgets.of("a" * 32) is held
    del held
    assert not budgets._own


@pytest.mark.parametrize(
    ("word", "means"), [("", (1200, 300.0)), ("600", (600, 300.0)), ("50/2", (50, 2.0))]
)
def test_the_limit_can_be_lowered(word: str, means: tuple[int, float]) -> None:
    assert limit({"EDGEFLEET_API_BUDGET": word}) == means


@pytest.mark.parametrize("word", ["0", "-1", "many", "5/0", "5/", "1e3"])
def test_a_limit_that_is_none_is_refused(word: str) -> None:
    with pytest.raises(UsageError, match="EDGEFLEET_API_BUDGET"):
        limit({"EDGEFLEET_API_BUDGET": word})
