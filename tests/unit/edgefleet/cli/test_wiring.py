"""What commands get of this machine."""

from pathlib import Path

import pytest

from edgefleet.cli.wiring import Wiring
from support.fleet import make_fleet


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return make_fleet(tmp_path)


def test_what_was_seen_is_kept_on_this_machine(root: Path) -> None:
    wiring = Wiring(root, {})
    assert wiring.seen is not None
    assert wiring.token_notes is not None


def test_on_github_nothing_counts_as_seen(root: Path) -> None:
    wiring = Wiring(root, {"GITHUB_ACTIONS": "true"})
    assert (wiring.seen, wiring.token_notes) == (None, None)


def test_without_a_cache_nothing_counts_as_seen(root: Path) -> None:
    wiring = Wiring(root, {}, cache=False)
    assert (wiring.seen, wiring.token_notes) == (None, None)
