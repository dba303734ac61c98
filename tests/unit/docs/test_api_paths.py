"""docs/localedge.md says of each part of the API whether localedge has it."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from localedge.control.services import service_routes
from support.control_plane import ACCOUNT, ControlPlane, control_plane
from support.project import ROOT

ROW = re.compile(r"^\| (?P<paths>`[^`]+`(?:, `[^`]+`)*) \| (?P<what>[^|]+) \|$", re.MULTILINE)


@pytest.fixture
def cloud(tmp_path: Path) -> Iterator[ControlPlane]:
    with control_plane(tmp_path) as served:
        yield served


def rows() -> dict[str, str]:
    """Return what the table says of each path."""
    page = (ROOT / "docs/localedge.md").read_text()
    table = page.partition("### Paths of the API")[2].partition("\n\nA new version")[0]
    found: list[tuple[str, str]] = []
    for row in ROW.finditer(table):
        found += [(path.strip("`"), row["what"]) for path in row["paths"].split(", ")]
    assert len(found) == len(dict(found)), "a path stands in two rows"
    return dict(found)


def part(template: str) -> str:
    """Return the part of the API that a route belongs to, as the table names it."""
    names = template.strip("/").split("/")
    if names[0] == "accounts" and len(names) > 2:
        return "/".join(names[2:4]) if names[2] == "workers" else names[2]
    return names[0]


def test_the_page_has_each_part_that_localedge_serves(cloud: ControlPlane) -> None:
    served = {part(it.path) for it in service_routes(cloud.server.state, ())}
    assert {path for path, what in rows().items() if not what.startswith("missing")} == served


def test_what_the_page_calls_missing_is_missing(cloud: ControlPlane) -> None:
    missing = [path for path, what in rows().items() if what.startswith("missing")]
    assert len(missing) > 10
    for path in missing:
        for method in ("GET", "POST"):
            answer = cloud.api(method, f"/accounts/{ACCOUNT}/{path}", json={})
            assert (answer.status, answer.code) == (404, 7003), path
