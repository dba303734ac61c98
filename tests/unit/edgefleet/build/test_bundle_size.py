"""How a CPU profile is read, and what counts as too heavy."""

from typing import Any

import pytest

from edgefleet.build.bundle_size import BundleSize, cpu_time_ms, over_limit
from edgefleet.cloudflare.limits import GZIP_BYTES_FREE, GZIP_BYTES_PAID


def profile(*samples: tuple[int, int], end: int) -> dict[str, Any]:
    """Return a profile from 1,000,000 µs on; a sample is a node and the µs since the one before."""
    names = {1: "(root)", 2: "(idle)", 3: "start", 4: "(program)"}
    return {
        "nodes": [{"id": key, "callFrame": {"functionName": it}} for key, it in names.items()],
        "samples": [node for node, _ in samples],
        "timeDeltas": [delta for _, delta in samples],
        "startTime": 1_000_000,
        "endTime": 1_000_000 + end,
    }


@pytest.mark.parametrize(
    ("found", "milliseconds"),
    [
        (profile((2, 7_134), end=46_896), 0),
        (profile((2, 0), (3, 2_000), (2, 5_000), end=9_000), 5),
        (profile((3, 0), (4, 1_000), (3, 1_000), end=3_500), 3.5),
        (profile(end=1_000), 0),
    ],
)
def test_what_is_not_idle_is_the_start(found: dict[str, Any], milliseconds: float) -> None:
    assert cpu_time_ms(found) == milliseconds


@pytest.mark.parametrize(
    "found", [None, [], {}, {"nodes": [{}]}, profile(end=1) | {"samples": [1]}]
)
def test_what_is_no_profile_is_refused(found: Any) -> None:
    with pytest.raises(ValueError, match="no CPU profile"):
        cpu_time_ms(found)


def weight(gzip_size: int = 0, startup_ms: float | None = 0) -> BundleSize:
    return BundleSize(size=gzip_size, gzip_size=gzip_size, startup_ms=startup_ms)


@pytest.mark.parametrize(
    ("heavy", "words"),
    [
        (weight(GZIP_BYTES_FREE, 1_000), []),
        (weight(GZIP_BYTES_FREE + 1), ["more than 3 MiB after gzip needs a Workers Paid plan"]),
        (weight(GZIP_BYTES_PAID + 1), ["Cloudflare refuses an upload of more than 10 MiB"]),
        (weight(startup_ms=1_000.1), ["Cloudflare refuses a Worker whose start takes"]),
        (weight(startup_ms=None), []),
    ],
)
def test_each_limit_that_is_passed_is_said(heavy: BundleSize, words: list[str]) -> None:
    found = over_limit(heavy)

    assert len(found) == len(words)
    assert all(line.startswith(start) for line, start in zip(found, words, strict=True))
