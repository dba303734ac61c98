"""The configuration for plain wrangler does what a deploy of edgefleet does."""

from datetime import date
from pathlib import Path

import pytest

from edgefleet.build.assets.read import read_assets
from edgefleet.build.render import for_upload, linked_assets, rendered_config, with_assets
from edgefleet.cloudflare.worker.static_assets import BUILT, AssetSet
from edgefleet.config.target import STAGING
from edgefleet.config.validate import require_valid
from edgefleet.errors import ConfigError
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


SERVED = {"assets": {"directory": "a", "binding": "A", "html_handling": "none"}}


def test_a_build_says_of_assets_what_the_file_leaves_out() -> None:
    built = AssetSet(
        directory=BUILT, files=(), settings={"binding": "B", "not_found_handling": "404-page"}
    )
    bundle = numbered_bundle(0).model_copy(update={"assets": (built,)})
    assert with_assets(None, None, bundle) == {}
    assert with_assets("a", SERVED["assets"], bundle) == SERVED
    assert with_assets(BUILT, {"binding": "A"}, bundle) == {
        "assets": {"binding": "A", "not_found_handling": "404-page", "directory": BUILT}
    }
    assert with_assets(BUILT, None, numbered_bundle(0)) == {}
    with pytest.raises(ConfigError, match="assets has no directory, and the build left none"):
        with_assets(BUILT, {"binding": "A"}, numbered_bundle(0))


def test_wrangler_finds_exactly_the_files_of_the_bundle(tmp_path: Path) -> None:
    (tmp_path / "public" / "deep").mkdir(parents=True)
    for name in ("_worker.js", "deep/b.txt", "_headers", "skipped"):
        (tmp_path / "public" / name).write_text(name)
    (tmp_path / "public" / ".assetsignore").write_text("skipped\n")
    found = read_assets(tmp_path, "public")
    bundle = numbered_bundle(0).model_copy(update={"assets": (found,)})
    for _ in range(2):  # as often as it is rendered
        key = linked_assets({"assets": {"directory": "public"}}, bundle, tmp_path / "linked")
    folder = Path(key["assets"]["directory"])
    listed = {
        path.relative_to(folder).as_posix(): path.read_text()
        for path in folder.rglob("*")
        if path.is_file()
    }
    assert listed == {
        ".assetsignore": "",
        "_headers": "_headers",
        "_worker.js": "_worker.js",
        "deep/b.txt": "deep/b.txt",
    }
