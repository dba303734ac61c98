"""Migrations that no deploy would apply are named."""

from datetime import date
from pathlib import Path

from edgefleet.config.target import STAGING
from edgefleet.config.validate import validate
from support.fleet import change, make_fleet, short

TODAY = date(2026, 11, 1)
OTHER = '"d1_databases": [{ "binding": "OTHER", "database_id": "%s"%s },'


def found(tmp_path: Path, keys: str) -> list[str]:
    fleet = make_fleet(tmp_path)
    (fleet / "tenants/alder/migrations").mkdir()
    other = OTHER % ("5c3b1a52-57c7-4d86-9d23-0a4ffb0bd8f4", keys)
    change(fleet, "alder/wrangler.jsonc", '"d1_databases": [', other)
    return short(validate(fleet, ("alder",), (STAGING,), today=TODAY).findings)


def test_a_folder_that_no_database_names_is_a_warning(tmp_path: Path) -> None:
    (finding,) = found(tmp_path, "")
    assert finding.endswith("d1-migrations warning")


def test_a_folder_that_one_database_names_is_in_order(tmp_path: Path) -> None:
    assert found(tmp_path, ', "migrations_dir": "migrations"') == []
