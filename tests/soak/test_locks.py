"""Thousands of commands on the same targets, killed at their requests; `make soak` runs this alone.

A round is SOAK_AT_ONCE commands (64), all at once, and one more that must go on. SOAK_SECONDS says
for how long there are rounds (3600), SOAK_SEED what is done. SOAK_CLONES says from how many clones,
for each stage in turn (2,16): in one clone most commands end at the lock of their machine. A stage
prints its seed and its clones, by which it is run again, and what was done.
"""

import os
import random
import time
from collections import Counter
from itertools import count

import pytest

from integration.conftest import set_stage
from support.lock_soak import soak

SECONDS = float(os.environ.get("SOAK_SECONDS", "3600"))
AT_ONCE = int(os.environ.get("SOAK_AT_ONCE", "64"))
SEED = int(os.environ.get("SOAK_SEED", random.SystemRandom().randrange(10**6)))
CLONES = [int(one) for one in os.environ.get("SOAK_CLONES", "2,16").split(",")]
ROUNDS = 4
"""After so many a new stage is set: a history of hundreds makes every answer slow."""


@pytest.mark.timeout(SECONDS + 900)
def test_the_books_agree_whatever_is_killed(
    tmp_path_factory: pytest.TempPathFactory, capsys: pytest.CaptureFixture[str]
) -> None:
    until = time.monotonic() + SECONDS
    done, signals = 0, Counter[str]()
    for stage in count():
        if time.monotonic() >= until:
            break
        seed, clones = SEED + stage, CLONES[stage % len(CLONES)]
        folder = tmp_path_factory.mktemp("soak")
        stages = set_stage(tmp_path_factory, "none", "api")
        dice = random.Random(seed)
        try:
            with soak(next(stages), folder, clones) as going:
                for _ in range(ROUNDS):
                    books = going.run(AT_ONCE, AT_ONCE, dice, folder / "out")
                    if books.wrong or time.monotonic() >= until:
                        break
        finally:
            stages.close()  # type: ignore[attr-defined]
        done += len(books.codes)
        signals += going.signals
        with capsys.disabled():
            print(f"\nseed {seed}, {clones} clones: {books}", flush=True)  # noqa: T201 - it is what is asked for
        assert not books.wrong, f"SOAK_SEED={seed} SOAK_CLONES={clones}: {books}"
    with capsys.disabled():
        print(f"{done} commands, {signals.total()} signals:")  # noqa: T201 - it is asked for
        for point, many in sorted(signals.items()):
            print(f"  {many:5} {point}")  # noqa: T201 - it is asked for
