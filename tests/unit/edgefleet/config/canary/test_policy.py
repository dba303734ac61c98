from typing import Any

import pytest
from pydantic import ValidationError

from edgefleet.config.canary.policy import NO_CANARY, CanaryChoice, CanaryPolicy


def policy(**keys: Any) -> CanaryPolicy:
    return CanaryPolicy.model_validate(keys)


def test_the_default_is_a_policy_of_its_own() -> None:
    found = policy()

    assert (found.steps, found.soak, found.minimum_requests) == ((5, 25, 50), 600, 100)


@pytest.mark.parametrize(
    ("keys", "words"),
    [
        ({"steps": [25, 5]}, "grow from step to step"),
        ({"steps": [5, 5]}, "grow from step to step"),
        ({"steps": []}, "has no steps, and 'keep' does not say"),
        ({"steps": [1, 2, 3, 4, 5, 6, 7, 8, 9]}, "at most 8 shares"),
        ({"steps": [5, 60]}, "less than or equal to 50"),
        ({"steps": [0]}, "greater than or equal to 1"),
        ({"steps": ["5"]}, "valid number"),
        ({"soak": 600}, "must be a duration as text"),
        ({"soak": "10 minutes"}, "must be a duration as text"),
        ({"soak": "1h", "deadline": "2h"}, "deadline of 7200 s, and its steps last 10800 s"),
        ({"minimumRequests": -1}, "greater than or equal to 0"),
        ({"tooLittleTraffic": "promote"}, "'restore', 'probe' or 'pause'"),
        ({"sourceFailed": "good"}, "'restore', 'probe' or 'pause'"),
        ({"keep": 60}, "must be a duration as text"),
        ({"source": "tail"}, "'worker', 'analytics' or 'logs'"),
        ({"promote": True}, "Extra inputs"),
    ],
)
def test_a_wrong_policy_is_refused(keys: dict[str, Any], words: str) -> None:
    with pytest.raises(ValidationError) as caught:
        policy(**keys)

    assert words in str(caught.value)


def test_what_fleet_jsonc_gives_a_tenant_is_read_again() -> None:
    given = policy(soak="90s", deadline="1h", steps=[10])

    assert policy(**given.model_dump(mode="json", by_alias=True, exclude_unset=True)) == given


def test_without_a_choice_the_files_decide() -> None:
    assert CanaryChoice().policy(None) is None
    assert CanaryChoice().policy(policy(soak="1m")) == policy(soak="1m")
    assert NO_CANARY.policy(policy()) is None


def test_a_choice_replaces_steps_and_soak() -> None:
    said = policy(minimumRequests=7)

    found = CanaryChoice(steps=(10.0,), soak=30.0).policy(said)

    assert found
    assert (found.steps, found.soak, found.minimum_requests) == ((10,), 30, 7)


def test_a_long_soak_extends_the_deadline() -> None:
    found = CanaryChoice(steps=(5.0, 25.0), soak=7200.0).policy(None)

    assert found
    assert found.deadline == 4 * 7200
