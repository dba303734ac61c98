from pathlib import Path

import pytest

from localedge.control.rate_limit import WINDOW_SECONDS, RateLimiter
from localedge.state.accounts import Token
from localedge.wire.errors import Throttled
from support.control_plane import OTHER_TOKEN, control_plane


def test_every_answer_says_what_is_left(tmp_path: Path) -> None:
    with control_plane(tmp_path, quota=2) as cloud:
        seen = [cloud.api("GET", "/accounts").response for _ in range(3)]
        other = cloud.api("GET", "/accounts", token=OTHER_TOKEN)
    assert [item.status_code for item in seen] == [200, 200, 429]
    assert [item.headers["ratelimit"].split(";")[1] for item in seen] == ["r=1", "r=0", "r=0"]
    assert seen[0].headers["ratelimit-policy"] == '"default";q=2;w=300'
    assert 0 < int(seen[2].headers["retry-after"]) <= WINDOW_SECONDS
    assert seen[2].json()["errors"][0]["code"] == 971
    assert other.status == 200


def test_a_window_ends() -> None:
    now = 0.0
    token = Token("t", ())
    limiter = RateLimiter(quota=1, clock=lambda: now)
    limiter.acquire(token)
    with pytest.raises(Throttled):
        limiter.acquire(token)
    now = WINDOW_SECONDS
    limiter.acquire(token)
