"""Thousands of commands on the same targets, killed at any moment; `make soak` runs this alone.

SOAK_SECONDS says for how long (default 600), SOAK_AT_ONCE how many
at once (64), SOAK_CLONES from how many clones (16), SOAK_SEED what is
done; a round prints its own seed, by which it is run again.
"""

import os
import random
import time

import pytest

from integration.conftest import set_stage
from support.lock_soak import soak

SECONDS = float(os.environ.get("SOAK_SECONDS", "600"))
AT_ONCE = int(os.environ.get("SOAK_AT_ONCE", "64"))
SEED = int(os.environ.get("SOAK_SEED", random.SystemRandom().randrange(10**6)))
CLONES = int(os.environ.get("SOAK_CLONES", "16"))
ROUND = 200
"""Commands after which the books are read."""


@pytest.mark.timeout(SECONDS + 600)
def test_the_books_agree_whatever_is_killed(
    tmp_path_factory: pytest.TempPathFactory, capsys: pytest.CaptureFixture[str]
) -> None:
    until = time.monotonic() + SECONDS
    seed = SEED
    while time.monotonic() < until:
        folder = tmp_path_factory.mktemp("soak")
        stages = set_stage(tmp_path_factory, "none")
        try:
            books = soak(next(stages), folder, CLONES).run(
                ROUND, AT_ONCE, seed=seed, folder=folder / "out", until=until
            )
        finally:
            stages.close()  # type: ignore[attr-defined]
        with capsys.disabled():
            print(f"seed {seed}: {books}", flush=True)  # noqa: T201 - it is what is asked for
        assert not books.wrong, f"SOAK_SEED={seed}: {books}"
        seed += 1
