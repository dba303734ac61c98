"""What files ask for against the limits of the account's plan."""

from datetime import date
from pathlib import Path

import pytest

from edgefleet.config.target import STAGING
from edgefleet.config.validate import validate
from support.fleet import change, make_fleet

TODAY = date(2026, 11, 21)
CRONS = '"triggers": { "crons": ["17 3 * * *"] }'
SIX = ", ".join(f'"{minute} 3 * * *"' for minute in range(6))
MANY = ", ".join(f'"{minute} {hour} * * *"' for hour in range(5) for minute in range(60))


def found(fleet: Path, plan: str | None, written: str) -> list[tuple[str, str]]:
    """Return message and severity of what breaks a limit."""
    change(fleet, "alder/wrangler.jsonc", CRONS, written)
    if plan:
        named = f'"plan": "{plan}", "requiredSecrets"'
        change(fleet, "alder/tenant.config.json", '"requiredSecrets"', named)
    findings = validate(fleet, ("alder",), (STAGING,), today=TODAY).findings
    broken = [one for one in findings if one.code in {"plan-limit", "var-count"}]
    return [(one.message, one.severity.value) for one in broken]


@pytest.fixture
def fleet(tmp_path: Path) -> Path:
    return make_fleet(tmp_path)


@pytest.mark.parametrize(
    ("plan", "written", "words", "severity"),
    [
        (None, f'"triggers": {{ "crons": [{SIX}] }}', "6 cron triggers, more than 5", "warning"),
        ("free", f'"triggers": {{ "crons": [{SIX}] }}', "6 cron triggers, more than 5", "error"),
        ("paid", f'"triggers": {{ "crons": [{MANY}] }}', "more than 250 (paid plan)", "error"),
        ("free", '"limits": { "cpu_ms": 50 }', "a custom CPU limit, more than 0", "error"),
        ("paid", '"limits": { "cpu_ms": 300001 }', "a CPU limit of 300,001 ms", "error"),
        ("free", '"limits": { "subrequests": 51 }', "51 subrequests, more than 50", "error"),
    ],
)
def test_more_than_a_plan_allows_is_found(
    fleet: Path, plan: str | None, written: str, words: str, severity: str
) -> None:
    ((message, how),) = found(fleet, plan, written)
    assert words in message
    assert how == severity


@pytest.mark.parametrize(
    "written",
    [
        f'"triggers": {{ "crons": [{SIX}] }}',
        '"limits": { "cpu_ms": 300000, "subrequests": 10000 }',
        '"limits": { "cpu_ms": true }',
    ],
)
def test_the_paid_plan_allows_more(fleet: Path, written: str) -> None:
    assert found(fleet, "paid", written) == []


def routes(count: int, domain: str = "") -> str:
    own = ', "custom_domain": true' if domain else ""
    path = "" if domain else "/*"
    listed = ", ".join(
        f'{{ "pattern": "h{number}.acme.example{path}", "zone_name": "acme.example"{own} }}'
        for number in range(count)
    )
    return f'"workers_dev": true, "routes": [{listed}]'


def test_a_zone_takes_so_many_routes_and_domains(fleet: Path) -> None:
    ((message, how),) = found(fleet, "paid", routes(1001))
    assert ("1,001 routes in the zone acme.example, more than 1,000" in message, how) == (
        True,
        "error",
    )


def test_a_zone_takes_so_many_custom_domains(fleet: Path) -> None:
    ((message, _),) = found(fleet, "paid", routes(101, "custom"))
    assert "101 custom domains in the zone acme.example, more than 100" in message


def test_a_fleet_names_the_plan_of_all(fleet: Path) -> None:
    file = fleet / "fleet.jsonc"
    text = file.read_text()
    at = text.index("{") + 1
    file.write_text(text[:at] + ' "defaults": { "plan": "paid" },' + text[at:])
    assert found(fleet, None, f'"triggers": {{ "crons": [{SIX}] }}') == []
