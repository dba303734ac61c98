"""Names that are put together: no two tenants get one and the same (R30)."""

import pytest

from edgefleet.config.fleet_config import NO_FLEET
from edgefleet.config.identifiers import identifiers
from edgefleet.config.validation.names import collisions

FILE = "tenants/{name}/tenant.config.json"


def found(*names: str, chosen: str | None = None) -> list[str]:
    return [
        problem.file for problem in collisions(names, {chosen} if chosen else names, NO_FLEET, FILE)
    ]


@pytest.mark.parametrize("environment", ["staging", "production"])
def test_a_name_that_is_another_with_an_environment_collides(environment: str) -> None:
    longer = f"acme-{environment}"
    assert found(longer, "acme", "birch") == [f"tenants/{longer}/tenant.config.json"]


def test_pair_is_one_problem_that_names_both() -> None:
    (problem,) = collisions(["acme", "acme-staging"], {"acme"}, NO_FLEET, FILE)
    assert problem.message == (
        "acme-staging and the tenant acme would share CLOUDFLARE_API_TOKEN_ACME_STAGING, "
        "EDGEFLEET_SMOKE_KEY_ACME_STAGING"
    )


def test_a_tenant_shares_nothing_with_runs_over_the_fleet() -> None:
    assert found("fleet-staging") == ["tenants/fleet-staging/tenant.config.json"]


def test_names_that_only_look_alike_are_free() -> None:
    assert found("acme", "acme-eu", "acme-stage", "staging-acme", "fleet-eu", "acme-plan") == []


def test_what_concerns_none_of_the_chosen_is_left_out() -> None:
    assert found("acme", "acme-staging", "birch", chosen="birch") == []


def test_a_fleet_of_other_names_has_no_identifier_twice() -> None:
    names = [f"cust-{number:04d}" for number in range(300)]
    made = [identifier for name in names for identifier in identifiers(name, NO_FLEET)]
    assert len(made) == len(set(made))
