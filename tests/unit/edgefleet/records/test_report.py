"""What a deploy says at its end."""

import pytest

from edgefleet.records.models import Status
from edgefleet.records.report import record_text
from support.records import run


@pytest.mark.parametrize(
    ("engine", "status", "dry_run", "said"),
    [
        ("wrangler", Status.SUCCEEDED, False, ["  engine   wrangler"]),
        ("api", Status.SUCCEEDED, False, ["  engine   api"]),
        ("api", Status.UNCHANGED, False, []),
        ("api", Status.SUCCEEDED, True, []),
        ("none", Status.SUCCEEDED, False, []),
    ],
)
def test_c11_the_engine_that_made_an_upload_is_named(
    engine: str, status: Status, dry_run: bool, said: list[str]
) -> None:
    record = run(0, 1, status=status, version_id="v2", engine=engine, dry_run=dry_run)
    lines = record_text(record).splitlines()
    assert [line for line in lines if line.startswith("  engine")] == said
