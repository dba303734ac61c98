"""`edgefleet provision` for 200 tenants of one owner, in a storm of refusals."""

from pathlib import Path

import pytest

from support.many import names_of
from support.provisioning import weather_a_storm


@pytest.mark.timeout(600)
def test_200_tenants_in_a_storm_within_the_budget(tmp_path: Path) -> None:
    weather_a_storm(tmp_path, names_of(200), budget=(1000, 10))
