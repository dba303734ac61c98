"""A secret is shown only where the code asks by name."""

import json
import pickle

import pytest

from edgefleet.config.credentials.lookup import Credential
from edgefleet.core.secret import REDACTED, Secret

CANARY = "canary-3f9a"


def test_no_way_of_printing_shows_it() -> None:
    secret = Secret(CANARY)
    shown = f"{secret} {secret!r} {secret:>20} {[secret]} {Credential(token=secret, source='x')!r}"
    assert CANARY not in shown
    assert REDACTED in shown


def test_it_cannot_be_written_down() -> None:
    with pytest.raises(TypeError):
        pickle.dumps(Secret(CANARY))
    with pytest.raises(TypeError):
        json.dumps(Secret(CANARY))


def test_equal_secrets_are_equal() -> None:
    assert Secret("a") == Secret("a") != Secret("b")
    assert len({Secret("a"), Secret("a")}) == 1
