from collections.abc import Iterator
from pathlib import Path

import pytest

from support.control_plane import ControlPlane, control_plane


@pytest.fixture
def cloud(tmp_path: Path) -> Iterator[ControlPlane]:
    """Serve a fresh localedge in this process."""
    with control_plane(tmp_path) as served:
        yield served
