"""A deploy that is killed at each of its requests; `make soak` does it to many commands at once."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from integration.conftest import Stage
from support.lock_soak import Soak, soak


@pytest.fixture
def two_clones(quick_stage: Stage, tmp_path: Path) -> Iterator[Soak]:
    """Have two clones on one remote and one Cloudflare."""
    with soak(quick_stage, tmp_path, clones=2) as found:
        yield found


def test_deploy_killed_anywhere_leaves_true_records(two_clones: Soak, tmp_path: Path) -> None:
    books = two_clones.sweep(tmp_path / "out")
    assert not books.wrong, books
    assert {-9, 130, 0} <= set(books.codes.values()), books
