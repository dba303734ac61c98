"""A rehearsal proves every act in each fixture fleet."""

from pathlib import Path

import pytest

from support.other_workers import BESIDE, BUILT, PROVES, make_other, rehearsed

FLEETS = {**PROVES, **BESIDE, **BUILT}


@pytest.mark.timeout(1000)
@pytest.mark.parametrize("name", FLEETS)
def test_a_rehearsal_proves_every_act(tmp_path: Path, name: str) -> None:
    project = make_other(tmp_path, name)
    project.seconds = 900
    result = rehearsed(project)
    assert {cell["health"]["proof"] for cell in result["grid"]} == {FLEETS[name]}
    titles = {act["title"] for act in result["acts"]}
    assert "a broken release, while a visitor keeps asking" in titles
