"""The name of a target, and back."""

import pytest

from edgefleet.config.target import DEFAULT_ENVIRONMENTS, Environment, Target


@pytest.mark.parametrize("tenant", ["acme", "acme-staging", "staging-production", "a-b"])
@pytest.mark.parametrize("environment", DEFAULT_ENVIRONMENTS)
def test_name_is_parsed_into_the_same_target(tenant: str, environment: Environment) -> None:
    target = Target(tenant=tenant, environment=environment)
    assert Target.parse(str(target)) == target


@pytest.mark.parametrize("name", ["", "acme", "staging", "-staging", "acme-dev", "acme-EU"])
def test_other_texts_name_no_target(name: str) -> None:
    assert Target.parse(name) is None
