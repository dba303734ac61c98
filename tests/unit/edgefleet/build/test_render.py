"""The configuration for plain wrangler does what a deploy of edgefleet does."""

from datetime import date
from pathlib import Path

import pytest

from edgefleet.build.render import for_upload, rendered_config
from edgefleet.config.target import STAGING
from edgefleet.config.validate import require_valid
from support.bundles import numbered_bundle
from support.fleet import change, make_fleet

TODAY = date(2026, 11, 1)
CRONS = '"triggers": { "crons": ["17 3 * * *"] }'


@pytest.mark.parametrize(
    "written", ['"triggers": {}', '"triggers": { "crons": [] }', '"name": "x"']
)
def test_absent_crons_are_rendered_as_removal(tmp_path: Path, written: str) -> None:
    """R8: without the key wrangler would leave them, and a deploy of edgefleet does not."""
    fleet = make_fleet(tmp_path)
    change(fleet, "alder/wrangler.jsonc", CRONS, written)
    (tenant,) = require_valid(fleet, ["alder"], [STAGING], today=TODAY)
    rendered = rendered_config(tenant, STAGING, numbered_bundle(0))
    assert rendered["triggers"] == {"crons": []}


def test_crons_are_rendered_as_they_are_written(tmp_path: Path) -> None:
    fleet = make_fleet(tmp_path)
    (tenant,) = require_valid(fleet, ["alder"], [STAGING], today=TODAY)
    rendered = rendered_config(tenant, STAGING, numbered_bundle(0))
    assert rendered["triggers"] == {"crons": ["17 3 * * *"]}


def test_dev_part_of_an_unsafe_binding_is_not_uploaded(tmp_path: Path) -> None:
    fleet = make_fleet(tmp_path)
    bound = '{ "name": "A", "type": "x", "key": "k", "dev": { "plugin": {} } }'
    change(fleet, "alder/wrangler.jsonc", CRONS, f'"unsafe": {{ "bindings": [{bound}] }}')
    (tenant,) = require_valid(fleet, ["alder"], [STAGING], today=TODAY)
    rendered = rendered_config(tenant, STAGING, numbered_bundle(0))
    assert rendered["unsafe"] == {"bindings": [{"name": "A", "type": "x", "key": "k"}]}


def test_wrangler_does_not_get_what_edgefleet_writes() -> None:
    database = {"binding": "DB", "database_id": "d"}
    flow = {"binding": "W", "name": "w", "class_name": "W"}
    producers = [{"binding": "Q", "queue": "q"}]
    rendered = {
        "d1_databases": [{**database, "migrations_dir": "m", "migrations_pattern": "m/*/a.sql"}],
        "workflows": [{**flow, "limits": {"steps": 3}, "schedules": "1 * * * *"}],
        "queues": {"producers": producers, "consumers": [{"queue": "q"}]},
    }
    assert for_upload(rendered) == {
        "d1_databases": [database],
        "workflows": [flow],
        "queues": {"producers": producers},
    }
