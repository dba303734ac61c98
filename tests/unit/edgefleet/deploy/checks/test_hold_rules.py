"""A pinned or frozen tenant is skipped."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from edgefleet.deploy.checks.holds import hold
from edgefleet.records.models import Origin
from support.many import tenant_of

COMMIT = "1f0c9ad" + "0" * 33
VERSION = "19013023-0f7b-4c8f-9a66-ccaf4275ae50"
FREEZE = {
    "from": "2026-12-24T18:00:00+01:00",
    "until": "2027-01-02T00:00:00Z",
    "reason": "holidays",
}
PIN = {"commit": "1f0c9ad", "reason": "incident 12", "expires": "2026-12-31"}


def words(
    folder: Path, now: str, origin: dict[str, Any] | None = None, **config: Any
) -> str | None:
    tenant = tenant_of(folder, "t000", **config)
    made = Origin(**{"edgefleet_version": "0", "git_commit": "a" * 40, **(origin or {})})
    return hold(tenant.config, datetime.fromisoformat(now).astimezone(UTC), made)


def test_a_tenant_is_left_alone_only_where_its_files_say_so(tmp_path: Path) -> None:
    assert words(tmp_path, "2026-12-25T00:00:00Z") is None


@pytest.mark.parametrize(
    ("now", "frozen"),
    [
        ("2026-12-24T16:59:59Z", False),
        ("2026-12-24T17:00:00Z", True),
        ("2027-01-01T23:59:59Z", True),
        ("2027-01-02T00:00:00Z", False),
    ],
)
def test_a_freeze_lasts_from_its_beginning_to_its_end(
    tmp_path: Path, now: str, *, frozen: bool
) -> None:
    said = words(tmp_path, now, freeze=FREEZE)
    assert said == ("frozen until 2027-01-02 00:00 UTC: holidays" if frozen else None)


@pytest.mark.parametrize(("day", "pinned"), [("2026-12-31", True), ("2027-01-01", False)])
def test_a_pin_lasts_through_its_last_day(tmp_path: Path, day: str, *, pinned: bool) -> None:
    said = words(tmp_path, f"{day}T23:00:00Z", pin=PIN)
    expected = "pinned to commit 1f0c9ad until 2026-12-31: incident 12"
    assert said == (expected if pinned else None)


def test_a_tenant_pinned_to_a_version_says_which(tmp_path: Path) -> None:
    pin = {**PIN, "version": VERSION}
    del pin["commit"]
    said = words(tmp_path, "2026-12-01T00:00:00Z", pin=pin)
    assert said == f"pinned to version {VERSION} until 2026-12-31: incident 12"


def test_the_commit_that_a_tenant_is_pinned_to_may_be_deployed(tmp_path: Path) -> None:
    at, now = {"git_commit": COMMIT, "dirty": False}, "2026-12-01T00:00:00Z"
    assert words(tmp_path, now, at, pin=PIN) is None
    assert words(tmp_path, now, {**at, "dirty": True}, pin=PIN)
    assert words(tmp_path, now, {"git_commit": None}, pin=PIN)
