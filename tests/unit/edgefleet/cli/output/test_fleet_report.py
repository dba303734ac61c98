"""With what a run over a fleet ends: the worst that happened decides."""

from pathlib import Path

import pytest

from edgefleet.cli.output.fleet_report import fleet_report
from edgefleet.config.target import STAGING
from edgefleet.errors import EdgefleetError
from edgefleet.fleet.models import FleetOptions, FleetRecord, Outcome, TargetResult
from edgefleet.records.models import RecordedError, Status
from support.records import NOON

BAD, LITTLE, FAILED = "canary_bad", "too_little_traffic", "source_failed"


def ended(*codes: str, outcome: Outcome = Outcome.RESTORED) -> FleetRecord:
    """Return the record of a run whose targets failed so; an empty code succeeded."""
    members = tuple(
        TargetResult(
            tenant=f"t{number}",
            outcome=outcome if code else Outcome.SUCCEEDED,
            error=RecordedError(code=code, message=code) if code else None,
        )
        for number, code in enumerate(codes)
    )
    return FleetRecord(
        environment=STAGING,
        status=Status.FAILED,
        conduct=FleetOptions(engine="api"),
        started=NOON,
        members=members,
        edgefleet_version="0",
    )


@pytest.mark.parametrize(
    ("codes", "exit_code"),
    [
        ([BAD, ""], 7),
        ([LITTLE, LITTLE], 11),
        ([FAILED, LITTLE], 12),
        ([FAILED, LITTLE, "cloudflare"], 10),
        ([FAILED, BAD, "cloudflare"], 7),
        (["unhealthy", ""], 10),
    ],
)
def test_the_worst_verdict_is_the_exit_code(
    codes: list[str], exit_code: int, tmp_path: Path
) -> None:
    with pytest.raises(EdgefleetError, match="targets are left") as caught:
        fleet_report(tmp_path, "json")(ended(*codes), tmp_path / "fleet.json")

    assert caught.value.exit_code == exit_code


def test_a_target_that_is_not_restored_comes_first(tmp_path: Path) -> None:
    record = ended(BAD, outcome=Outcome.RESTORE_FAILED)

    with pytest.raises(EdgefleetError, match="a person is needed for t0") as caught:
        fleet_report(tmp_path, "json")(record, tmp_path / "fleet.json")

    assert caught.value.exit_code == 10
