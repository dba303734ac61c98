"""Tenants kept in little room."""

import json
from pathlib import Path

import pytest

from edgefleet.config.files.kept_tenants import KeptTenants, names_of, packed, those
from edgefleet.config.tenant import Tenant
from support.many import tenant_of

NAMES = ("alder", "birch", "cedar")


@pytest.fixture
def loaded(tmp_path: Path) -> dict[str, Tenant]:
    return {name: tenant_of(tmp_path, name, owner=f"of-{name}") for name in NAMES}


@pytest.fixture
def kept(tmp_path: Path, loaded: dict[str, Tenant]) -> KeptTenants:
    some = next(iter(loaded.values()))
    small = {name: packed(one.config, one.source) for name, one in loaded.items()}
    return KeptTenants(tmp_path, some.fleet, some.base, small)


def test_each_comes_back_as_it_was_and_in_order(
    kept: KeptTenants, loaded: dict[str, Tenant]
) -> None:
    assert list(kept) == list(loaded.values())
    assert kept[-1] == loaded["cedar"]
    assert kept[1].resolved("staging") == loaded["birch"].resolved("staging")


def test_one_is_found_by_its_name(kept: KeptTenants, loaded: dict[str, Tenant]) -> None:
    assert kept.named("birch") == loaded["birch"]
    assert kept.named("elder") is None


def test_some_keep_the_order_of_the_names(kept: KeptTenants, loaded: dict[str, Tenant]) -> None:
    asked = ["cedar", "alder"]
    assert [one.name for one in those(kept, asked)] == asked
    assert [one.name for one in those(tuple(loaded.values()), asked)] == asked
    assert [one.name for one in kept[1:]] == ["birch", "cedar"]


def test_names_are_told_without_making_a_tenant(tmp_path: Path, loaded: dict[str, Tenant]) -> None:
    some = loaded["alder"]
    damaged = dict.fromkeys(loaded, b"no tenant")
    assert names_of(KeptTenants(tmp_path, some.fleet, some.base, damaged)) == tuple(loaded)
    assert names_of(tuple(loaded.values())) == tuple(loaded)


def test_a_tenant_takes_a_fraction_of_its_text(loaded: dict[str, Tenant]) -> None:
    one = loaded["alder"]
    text = one.source + json.dumps(one.config.model_dump(mode="json"))
    assert len(packed(one.config, one.source)) < len(text) / 2
