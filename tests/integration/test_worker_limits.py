"""The Worker lets each caller ask so often, and each tenant use so many tokens."""

import concurrent.futures
import time
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest
import requests

from support.data_plane import eventually
from support.worker import Build, Cloud, Deployed, cloud, failure, tenant


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cloud]:
    with cloud(tmp_path_factory.mktemp("cloud")) as opened:
        yield opened


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> str:
    return Build(tmp_path_factory.mktemp("build")).bundle()


def limited(per_minute: int, burst: int, seconds: int = 60, **changes: Any) -> dict[str, Any]:
    limit = {"perMinute": per_minute, "burst": burst, "windowSec": seconds}
    return tenant(rateLimit=limit, **changes)


def look(worker: Deployed, **headers: str) -> requests.Response:
    """Ask for something that costs nothing but a place in the window."""
    return worker.ask(f"/chat/{uuid4()}/history", headers={"x-api-key": "acme-key"} | headers)


def rate(answer: requests.Response) -> tuple[int, int, int]:
    names = ("limit", "remaining", "reset")
    limit, remaining, reset = (int(answer.headers[f"x-ratelimit-{name}"]) for name in names)
    return limit, remaining, reset


def test_of_many_requests_at_once_exactly_the_limit_passes(world: Cloud, source: str) -> None:
    worker = world.deploy(source, limited(60, 200))
    with concurrent.futures.ThreadPoolExecutor(50) as threads:
        answers = list(threads.map(lambda _: look(worker), range(200)))

    passed = [answer for answer in answers if answer.status_code == 404]
    refused = [answer for answer in answers if answer.status_code == 429]
    assert (len(passed), len(refused)) == (60, 140)
    assert sorted(rate(answer)[1] for answer in passed) == list(range(60))
    for answer in refused:
        assert failure(answer) == (429, "rate_limited")
        limit, remaining, reset = rate(answer)
        assert (limit, remaining) == (60, 0)
        assert 1 <= int(answer.headers["retry-after"]) == reset <= 60


def test_every_answer_tells_the_limit_but_that_of_health(world: Cloud, source: str) -> None:
    worker = world.deploy(source, limited(60, 20))

    assert rate(look(worker)) == (60, 19, 60)
    answer = worker.ask("/chat", method="POST", data=b"{", headers={"x-api-key": "acme-key"})
    assert (answer.status_code, rate(answer)[1]) == (415, 18)
    assert rate(worker.chat())[0] == 60
    with worker.streaming() as stream:
        assert rate(stream.answer)[1] == 16
    assert "x-ratelimit-limit" not in worker.ask("/health").headers


def test_the_window_slides(world: Cloud, source: str) -> None:
    worker = world.deploy(source, limited(60, 20, seconds=2))
    statuses = []
    for wait in (0, 1.2, 0.1, 0.9, 0.0):
        time.sleep(wait)
        statuses.append(look(worker).status_code)

    assert statuses == [404, 404, 429, 404, 429]


def test_a_burst_is_limited_by_itself(world: Cloud, source: str) -> None:
    worker = world.deploy(source, limited(60, 3))
    look(worker)
    time.sleep(1.1)
    answers = [look(worker) for _ in range(4)]

    assert [answer.status_code for answer in answers] == [404, 404, 404, 429]
    assert rate(answers[-1]) == (60, 0, 1)
    assert answers[-1].headers["retry-after"] == "1"


def test_another_caller_or_tenant_has_a_window_of_its_own(world: Cloud, source: str) -> None:
    keys = [tenant("acme")["apiKeyDigests"][0], tenant("second")["apiKeyDigests"][0]]
    one, other = (
        limited(1, 5, apiKeyDigests=keys),
        tenant("bolt", rateLimit=limited(1, 5)["rateLimit"]),
    )
    worker = world.deploy(source, [one, other])

    assert [look(worker).status_code for _ in range(2)] == [404, 429]
    assert look(worker, **{"x-api-key": "second-key"}).status_code == 404
    assert look(worker, **{"x-api-key": "bolt-key"}).status_code == 404


def test_a_caller_cannot_name_itself_anew_unless_the_tenant_trusts_it(
    world: Cloud, source: str
) -> None:
    strict = world.deploy(source, limited(1, 5))
    trusting = world.deploy(source, limited(1, 5, featureFlags={"trustUserId": True}))

    for worker, statuses in ((strict, [404, 429, 429]), (trusting, [404, 404, 429])):
        users = ("ann", "bob", "ann")
        answers = [look(worker, **{"x-user-id": user}) for user in users]
        assert [answer.status_code for answer in answers] == statuses
    forged = look(strict, **{"cf-connecting-ip": "9.9.9.9", "x-forwarded-for": "9.9.9.9"})
    assert forged.status_code == 429


# Looks into a limiter's storage without calling the limiter.
STORAGE_PROBE = """
import worker, { RateLimiter as Limiter } from "./index";
export { ChatSession } from "./index";
export class RateLimiter extends Limiter {
  tables() {
    const named = "SELECT name FROM sqlite_master WHERE name = 'requests'";
    return this.ctx.storage.sql.exec(named).toArray().length;
  }
}
export default {
  async fetch(request, env, ctx) {
    const { pathname, search } = new URL(request.url);
    if (pathname !== "/tables") return worker.fetch(request, env, ctx);
    const id = env.RATE_LIMITER_DO.idFromName(decodeURIComponent(search.slice(1)));
    return new Response(String(await env.RATE_LIMITER_DO.get(id).tables()));
  },
};
"""


def test_a_limiter_ends_when_nobody_has_asked_for_a_window(
    world: Cloud, tmp_path_factory: pytest.TempPathFactory
) -> None:
    build = Build(tmp_path_factory.mktemp("probe"))
    (build.folder / "probe.ts").write_text(STORAGE_PROBE)
    worker = world.deploy(build.bundle("probe.ts"), limited(60, 20, seconds=1))
    name = f"acme:{tenant()['apiKeyDigests'][0][:16]}@127.0.0.1"
    look(worker)

    assert worker.ask(f"/tables?{name}").text == "1"
    eventually(lambda: worker.ask(f"/tables?{name}").text == "0")


def budget(daily: int, monthly: int = 10**9, **changes: Any) -> dict[str, Any]:
    return tenant(tokenBudget={"daily": daily, "monthly": monthly}, **changes)


@pytest.mark.parametrize(("daily", "monthly"), [(30, 10**9), (10**9, 30)])
def test_a_tenant_whose_tokens_are_used_up_is_refused(
    world: Cloud, source: str, daily: int, monthly: int
) -> None:
    worker, session = world.deploy(source, budget(daily, monthly)), str(uuid4())
    used = 0
    while used < 30:
        used += worker.chat().json()["data"]["usage"]["totalTokens"]
    runs = len(worker.runs())

    answer = worker.chat(session=session)

    assert failure(answer) == (429, "budget_exceeded")
    now = time.gmtime()
    left = 86_400 - now.tm_hour * 3_600 - now.tm_min * 60 - now.tm_sec
    wait = int(answer.headers["retry-after"])
    assert wait >= left - 2 if monthly == 30 else abs(wait - left) <= 2
    assert len(worker.runs()) == runs
    assert worker.history(session) == []


def test_of_calls_at_once_no_more_pass_than_the_budget_holds(world: Cloud, source: str) -> None:
    # A call reserves about 5,000 tokens, so three make 12,000 full.
    worker = world.deploy(source, budget(12_000))
    with concurrent.futures.ThreadPoolExecutor(30) as threads:
        answers = list(threads.map(lambda _: worker.chat("word " * 50), range(30)))

    in_flight = {answer.status_code for answer in answers}
    assert in_flight == {200, 429}
    used = sum(int(answer.headers.get("x-tokens-in", 0)) for answer in answers)
    used += sum(int(answer.headers.get("x-tokens-out", 0)) for answer in answers)
    assert used < 12_000 + 5_000


def test_what_was_reserved_and_not_used_is_given_back(world: Cloud, source: str) -> None:
    worker = world.deploy(source, budget(6_000, allowedModels=["@localedge/fail"]))

    for _ in range(6):
        assert worker.chat(modelId="@localedge/fail").status_code == 502
        assert worker.chat().status_code == 200


def test_the_budget_of_one_tenant_is_not_anothers(world: Cloud, source: str) -> None:
    worker = world.deploy(source, [budget(1), tenant("bolt")])
    worker.chat()

    assert worker.chat().status_code == 429
    assert worker.chat(headers={"x-api-key": "bolt-key"}).status_code == 200
