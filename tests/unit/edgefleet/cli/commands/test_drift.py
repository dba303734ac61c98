"""`edgefleet drift` over many targets: what became of each is said, and the others go on."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from edgefleet.cli.commands.drift import by_owner, gathered
from edgefleet.config.target import Environment, Target
from edgefleet.drift.check import DriftCheck
from edgefleet.drift.models import Baseline
from edgefleet.drift.report import drift_json, drift_text
from edgefleet.errors import (
    CloudflareError,
    ConfigError,
    EdgefleetError,
    Interrupted,
    RestoreError,
    TargetBusyError,
    UnhealthyError,
    UsageError,
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
            target = Target(tenant=name, environment=Environment.STAGING)
            yield target, errors.get(name, look)

    return each


def test_drift_tells_a_failed_look_from_a_failed_repair_and_goes_on(
    seen: Seen, capsys: pytest.CaptureFixture[str]
) -> None:
    unhealthy, config = UnhealthyError("500"), ConfigError("no such key")
    repaired: list[str] = []

    def repair(look: DriftCheck) -> bool:
        repaired.append(look.drift.target.tenant)
        if look.drift.target.tenant == "birch":
            raise unhealthy
        return True

    found, failures = gathered(seen(alder=config), repair)
    assert [one.target.tenant for one in found] == ["birch", "cedar"]
    assert repaired == ["birch", "cedar"]
    assert failures.errors == [config, unhealthy]
    assert capsys.readouterr().err.splitlines() == [
        "error: alder-staging: could not look: no such key",
        "error: birch-staging: could not repair: 500",
    ]


@pytest.mark.parametrize("error", [CloudflareError("500"), TargetBusyError("held by pid 1")])
def test_a_repair_that_fails_is_no_failed_look(
    seen: Seen, error: EdgefleetError, capsys: pytest.CaptureFixture[str]
) -> None:
    def repair(_look: DriftCheck) -> bool:
        raise error

    found, failures = gathered(seen(), repair)
    assert (len(found), failures.errors) == (3, [error] * 3)
    assert "could not look" not in capsys.readouterr().err


def test_whoever_interrupts_a_repair_ends_the_run(seen: Seen) -> None:
    repaired: list[DriftCheck] = []

    def repair(look: DriftCheck) -> bool:
        repaired.append(look)
        raise Interrupted("interrupted during traffic")

    with pytest.raises(Interrupted):
        gathered(seen(), repair)
    assert len(repaired) == 1


def test_what_could_not_be_put_back_ends_the_run_with_its_own_code(seen: Seen) -> None:
    repaired: list[DriftCheck] = []

    def repair(look: DriftCheck) -> bool:
        repaired.append(look)
        raise RestoreError("version v1 could not be restored")

    with pytest.raises(RestoreError):
        gathered(seen(alder=ConfigError("no such key")), repair)
    assert len(repaired) == 1


def test_whoever_wants_to_stop_while_a_repair_is_taken_back_ends_the_run(
    seen: Seen, capsys: pytest.CaptureFixture[str]
) -> None:
    repaired: list[DriftCheck] = []

    def repair(look: DriftCheck) -> bool:
        repaired.append(look)
        raise UnhealthyError("500; version v1 is live again, as before", interrupted=True)

    words = "interrupted while alder-staging was restored: 500; version v1 is live"
    with pytest.raises(Interrupted, match=words):
        gathered(seen(), repair)
    assert len(repaired) == 1
    assert "alder-staging: could not repair: 500" in capsys.readouterr().err


def test_the_working_tree_is_not_deployed_in_place_of_a_commit_that_is_missing_here(
    seen: Seen, capsys: pytest.CaptureFixture[str]
) -> None:
    def unfetched() -> Iterator[tuple[Target, DriftCheck | EdgefleetError]]:
        for target, look in seen():
            assert isinstance(look, DriftCheck)
            expected = Baseline(commit=None, why="", missing="c" * 12)
            drift = look.drift.model_copy(update={"expected": expected})
            yield target, replace(look, drift=drift)

    def repair(look: DriftCheck) -> bool:
        raise AssertionError(f"{look.drift.target} is deployed")

    found, failures = gathered(unfetched(), repair)
    assert (len(found), {type(error) for error in failures.errors}) == (3, {UsageError})
    assert "could not repair: commit cccccccccccc" in capsys.readouterr().err


def test_a_target_that_is_not_to_be_repaired_spares_the_others_and_stays_drift(seen: Seen) -> None:
    """A6: the answer no at the first target ended the whole run, as interrupted."""
    found, failures = gathered(seen(), lambda look: look.drift.target.tenant != "alder")
    assert [(one.target.tenant, one.repaired, one.left) for one in found] == [
        ("alder", False, True),
        ("birch", True, False),
        ("cedar", True, False),
    ]
    assert not failures.errors
    assert drift_text(found[1]).startswith("birch-staging: repaired: 1 difference with commit")
    assert drift_json(found)[1]["repaired"] is True


def test_without_repair_nothing_is_deployed(seen: Seen) -> None:
    found, failures = gathered(seen(), None)
    assert (len(found), failures.errors) == (3, [])


def test_all_tenants_of_one_owner_are_looked_at_by_one_process(tmp_path: Path) -> None:
    owners = {"alder": "acme", "birch": None, "cedar": "acme"}
    tenants = [
        tenant_of(tmp_path, name, **({"owner": owner} if owner else {}))
        for name, owner in owners.items()
    ]
    groups = [[tenant.name for tenant in group] for group in by_owner(tenants)]
    assert groups == [["alder", "cedar"], ["birch"]]
