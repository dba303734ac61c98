"""What all tenants have from the Worker's own file is checked once, and their own always."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pyjson5
import pytest

from edgefleet.config.files.base_file import read_base
from edgefleet.config.files.fleet_file import fleet_of
from edgefleet.config.files.tenant_files import load_tenant
from edgefleet.config.reading.views import TargetView
from edgefleet.config.target import DEFAULT_ENVIRONMENTS, STAGING
from edgefleet.config.validate import validate
from edgefleet.config.validation.check_tenant import NO_SOURCES, view
from edgefleet.config.validation.registry import TARGET_CHECKS, check_target
from edgefleet.config.validation.wrangler.clean_sections import ALL, CleanSections, TargetCheck
from support.fleet import make_fleet

TODAY = date(2026, 11, 1)
BASE = "src/worker/wrangler.jsonc"
TENANTS = ("alder", "birch")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Make a fleet of which both tenants have the Worker's own file and nothing else."""
    root = make_fleet(tmp_path)
    base = pyjson5.loads((root / "tenants/alder/wrangler.jsonc").read_text())
    base["main"] = "index.ts"
    del base["account_id"]
    for name in DEFAULT_ENVIRONMENTS:
        for section in ("kv_namespaces", "d1_databases", "vectorize"):
            base["env"][name].pop(section, None)
    write(root, BASE, base)
    for tenant in TENANTS:
        write(root, f"tenants/{tenant}/wrangler.jsonc", {"name": tenant})
    return root


def write(root: Path, file: str, value: Any) -> None:
    (root / file).write_text(json.dumps(value, indent=2))


def with_crons(root: Path, file: str, *crons: str) -> None:
    value = json.loads((root / file).read_text())
    for section in (value, *value.get("env", {}).values()):
        section["triggers"] = {"crons": crons}
    write(root, file, value)


def codes(root: Path) -> list[tuple[str, str]]:
    found = validate(root, TENANTS, DEFAULT_ENVIRONMENTS, today=TODAY).findings
    return [(each.path, each.code) for each in found if each.code.startswith("cron")]


def test_a_mistake_in_the_workers_file_is_found(root: Path) -> None:
    with_crons(root, BASE, "0 16 * * 0")
    assert codes(root) == [(BASE, "cron-invalid")] * 2


def test_a_mistake_of_a_tenant_is_found_beside_a_right_base(root: Path) -> None:
    with_crons(root, BASE, "0 16 * * 1")
    with_crons(root, "tenants/birch/wrangler.jsonc", "0 16 * * 0")
    assert codes(root) == [("tenants/birch/wrangler.jsonc", "cron-invalid")]


def test_what_a_tenant_takes_away_is_missed(root: Path) -> None:
    file = "tenants/birch/wrangler.jsonc"
    write(root, file, json.loads((root / file).read_text()) | {"compatibility_date": None})
    found = validate(root, TENANTS, (STAGING,), today=TODAY).findings
    assert "compatibility-date" in [each.code for each in found]


class Spied(dict[str, Any]):
    """Notes which keys of it are read."""

    def __init__(self, value: dict[str, Any], read: set[str]) -> None:
        super().__init__(value)
        self.read = read

    def __getitem__(self, key: str) -> Any:
        self.read.add(key)
        return super().__getitem__(key)

    def get(self, key: str, default: Any = None) -> Any:
        self.read.add(key)
        return super().get(key, default)

    def __iter__(self) -> Iterator[str]:
        self.read.add("each of them")
        return super().__iter__()


class SpiedWorker:
    """Notes which parts of a target's typed configuration are read."""

    def __init__(self, worker: Any, read: set[str]) -> None:
        self._worker, self._read = worker, read

    def __getattr__(self, name: str) -> Any:
        if name != "model_fields_set":
            self._read.add(name)
        return getattr(self._worker, name)


def spied(root: Path) -> tuple[TargetView, set[str]]:
    fleet = fleet_of(root)
    files = load_tenant(root, "alder", fleet, read_base(root, fleet).base).files
    target, _ = view(files, STAGING, TODAY, NO_SOURCES)
    assert target is not None
    read: set[str] = set()
    worker: Any = SpiedWorker(target.worker, read)
    return replace(target, resolved=Spied(dict(target.resolved), read), worker=worker), read


@pytest.mark.parametrize("check", [one for one, keys in TARGET_CHECKS.items() if keys is not ALL])
def test_a_check_that_may_be_spared_reads_no_other_keys(root: Path, check: TargetCheck) -> None:
    target, read = spied(root)
    list(check(target))
    assert read <= {*TARGET_CHECKS[check]}


def test_checks_of_a_file_that_stands_alone_run_each_time(root: Path) -> None:
    target, _ = spied(root)
    wrong = replace(target, changed=None, today=date(1990, 1, 1))
    clean = CleanSections()
    first, second = (list(check_target(wrong, clean)) for _ in range(2))
    assert [one.rule.code for one in first] == [one.rule.code for one in second] != []


def test_a_clean_check_does_not_run_again(root: Path) -> None:
    target, read = spied(root)
    clean = CleanSections()
    list(check_target(target, clean))
    read.clear()
    list(check_target(target, clean))
    assert "migrations" not in read
