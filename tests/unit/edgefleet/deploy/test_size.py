"""A bundle that is too large for the account's plan is not uploaded."""

import random

import pytest

from edgefleet.cloudflare.plan_limits import WorkersPlan
from edgefleet.cloudflare.worker.bundle import Bundle, Module
from edgefleet.deploy.checks.size import size_note
from edgefleet.errors import ConfigError

CODE = random.Random(1).randbytes(4 * 1024**2)
"""What no gzip makes smaller."""
LARGE = Bundle(
    main_module="a.js",
    builder="a test",
    modules=(Module(name="a.js", content_type="text/javascript", content=CODE),),
)


def test_a_known_plan_decides() -> None:
    assert size_note(LARGE, WorkersPlan.PAID) == ""
    with pytest.raises(
        ConfigError, match=r"more than 3,145,728 \(free plan\): nothing was uploaded"
    ):
        size_note(LARGE, WorkersPlan.FREE)


def test_an_unknown_plan_is_said_to_be_assumed() -> None:
    assert "more than 3,145,728 (free plan, which is assumed" in size_note(LARGE, None)
