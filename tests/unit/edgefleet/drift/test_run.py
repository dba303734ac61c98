"""`edgefleet drift` over many targets: what became of each is said, and the others go on."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from edgefleet.cli.output.target_errors import TargetErrors
from edgefleet.config.target import STAGING, Target
from edgefleet.drift.check import DriftCheck
from edgefleet.drift.models import Baseline, ErrorDetails
from edgefleet.drift.report import drift_json, drift_text
from edgefleet.drift.run import by_owner, gather
from edgefleet.errors import (
    CloudflareError,
    ConfigError,
    EdgefleetError,
    Interrupted,
    RestoreError,
    TargetBusyError,
    UnhealthyError,
)
from support.bundles import numbered_bundle
from support.drifts import drift_of
from support.many import tenant_of

NAMES = ("alder", "birch", "cedar")

Seen = Callable[..., Iterator[tuple[Target, DriftCheck | EdgefleetError]]]


@pytest.fixture
def seen(tmp_path: Path) -> Seen:
    """Return what gives one look for each tenant: all drift, but for those with an error."""
    tenant = tenant_of(tmp_path, "alder")

    def each(**errors: EdgefleetError) -> Iterator[tuple[Target, DriftCheck | EdgefleetError]]:
        for name in NAMES:
            look = DriftCheck(drift_of(name, LOG_LEVEL="debug"), tenant, numbered_bundle(0))
            target = Target(tenant=name, environment=STAGING)
            yield target, errors.get(name, look)

    return each


def test_failed_check_and_failed_repair_differ(seen: Seen) -> None:
    unhealthy, config = UnhealthyError("500"), ConfigError("no such key")
    repaired: list[str] = []

    def repair(look: DriftCheck) -> bool:
        repaired.append(look.drift.target.tenant)
        if look.drift.target.tenant == "birch":
            raise unhealthy
        return True

    errors = TargetErrors()
    found = gather(seen(alder=config), errors.add, repair)
    assert [one.target.tenant for one in found] == ["birch", "cedar"]
    assert repaired == ["birch", "cedar"]
    assert found[0].repair_error == ErrorDetails.of(unhealthy)
    assert list(errors.summary()) == [
        "error: alder-staging: could not check: no such key",
        "error: birch-staging: could not repair: 500",
    ]


@pytest.mark.parametrize("error", [CloudflareError("500"), TargetBusyError("held by pid 1")])
def test_a_repair_that_fails_is_no_failed_look(seen: Seen, error: EdgefleetError) -> None:
    def repair(_look: DriftCheck) -> bool:
        raise error

    errors = TargetErrors()
    found = gather(seen(), errors.add, repair)
    assert (len(found), len(errors)) == (3, 3)
    assert "could not check" not in "".join(errors.summary())


def test_whoever_interrupts_a_repair_ends_the_run(seen: Seen) -> None:
    repaired: list[DriftCheck] = []

    def repair(look: DriftCheck) -> bool:
        repaired.append(look)
        raise Interrupted("interrupted during traffic")

    errors = TargetErrors()
    with pytest.raises(Interrupted):
        gather(seen(), errors.add, repair)
    assert len(repaired) == 1


def test_failed_restore_ends_the_run_with_its_code(seen: Seen) -> None:
    repaired: list[DriftCheck] = []

    def repair(look: DriftCheck) -> bool:
        repaired.append(look)
        raise RestoreError("version v1 could not be restored")

    errors = TargetErrors()
    with pytest.raises(RestoreError):
        gather(seen(alder=ConfigError("no such key")), errors.add, repair)
    assert len(repaired) == 1


def test_stop_request_during_a_restore_ends_the_run(seen: Seen) -> None:
    repaired: list[DriftCheck] = []

    def repair(look: DriftCheck) -> bool:
        repaired.append(look)
        raise UnhealthyError("500; version v1 is live again, as before", interrupted=True)

    words = "interrupted while alder-staging was restored: 500; version v1 is live"
    errors = TargetErrors()
    with pytest.raises(Interrupted, match=words):
        gather(seen(), errors.add, repair)
    assert len(repaired) == 1
    assert "alder-staging: could not repair: 500" in "".join(errors.summary())


def test_working_tree_never_replaces_a_missing_commit(
    seen: Seen,
) -> None:
    def unfetched() -> Iterator[tuple[Target, DriftCheck | EdgefleetError]]:
        for target, look in seen():
            assert isinstance(look, DriftCheck)
            expected = Baseline(commit=None, why="", missing="c" * 12)
            drift = look.drift.model_copy(update={"expected": expected})
            yield target, replace(look, drift=drift)

    def repair(look: DriftCheck) -> bool:
        raise AssertionError(f"{look.drift.target} is deployed")

    errors = TargetErrors()
    found = gather(unfetched(), errors.add, repair)
    assert [one.repair_error and one.repair_error.code for one in found] == ["usage"] * 3
    assert "could not repair: commit cccccccccccc" in "".join(errors.summary())


def test_declined_repair_spares_the_others_and_stays_drift(seen: Seen) -> None:
    """A6: the answer no at the first target ended the whole run, as interrupted."""
    errors = TargetErrors()
    found = gather(seen(), errors.add, lambda look: look.drift.target.tenant != "alder")
    assert [(one.target.tenant, one.repaired, one.left) for one in found] == [
        ("alder", False, True),
        ("birch", True, False),
        ("cedar", True, False),
    ]
    assert not errors
    assert drift_text(found[1]).startswith("birch-staging: repaired: 1 difference with commit")
    assert drift_json(found)[1]["repaired"] is True


def test_without_repair_nothing_is_deployed(seen: Seen) -> None:
    errors = TargetErrors()
    found = gather(seen(), errors.add)
    assert (len(found), len(errors)) == (3, 0)


def test_all_tenants_of_one_owner_are_looked_at_by_one_process(tmp_path: Path) -> None:
    owners = {"alder": "acme", "birch": None, "cedar": "acme"}
    tenants = [
        tenant_of(tmp_path, name, **({"owner": owner} if owner else {}))
        for name, owner in owners.items()
    ]
    groups = [[tenant.name for tenant in group] for group in by_owner(tenants)]
    assert groups == [["alder", "cedar"], ["birch"]]
