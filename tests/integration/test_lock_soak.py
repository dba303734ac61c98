"""Commands from four clones on the same targets, killed at any moment; `make soak` runs more."""

import time
from pathlib import Path

from integration.conftest import Stage
from support.lock_soak import soak


def test_whatever_is_killed_no_target_has_two_holders_and_every_record_is_true(
    quick_stage: Stage, tmp_path: Path
) -> None:
    books = soak(quick_stage, tmp_path, clones=4).run(
        24, 8, seed=1, folder=tmp_path / "out", until=time.monotonic() + 60
    )
    assert not books.wrong, books
    assert -9 in books.codes.values()
    assert 0 in books.codes.values()
