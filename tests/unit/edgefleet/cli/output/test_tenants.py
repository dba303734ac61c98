"""The list of targets."""

from datetime import UTC, datetime
from pathlib import Path

from edgefleet.cli.output.tenants import rows, tenants_text
from support.many import tenant_of

NOW = datetime(2026, 11, 28, tzinfo=UTC)
PIN = {"commit": "1f0c9ad", "reason": "incident 12", "expires": "2999-01-31"}


def test_a_pin_or_freeze_that_is_in_force_is_shown(tmp_path: Path) -> None:
    """A9."""
    pinned, free = tenant_of(tmp_path, "t000", pin=PIN), tenant_of(tmp_path, "t001")
    lines = tenants_text(rows([pinned, free], lambda _: None, NOW)).splitlines()
    assert lines[0].split()[-1] == "held"
    assert lines[2].endswith("pinned to commit 1f0c9ad until 2999-01-31: incident 12")
    assert "held" not in tenants_text(rows([free], lambda _: None, NOW))


def test_each_target_says_what_it_can_be_selected_by(tmp_path: Path) -> None:
    tenant = tenant_of(tmp_path, "t000", ring=2, tags=["eu", "beta"])
    found = rows([tenant], lambda _: None, NOW)
    assert [(row["environment"], row["ring"], row["tags"]) for row in found] == [
        ("staging", 2, ["eu", "beta"]),
        ("production", 2, ["eu", "beta"]),
    ]
    first = tenants_text(found).splitlines()[2].split()
    assert first[:4] == ["t000", "staging", "2", "eu,beta"]
