"""The tutorial on three customers is typed from its first line to a rollback."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from support.localedge import LocalEdge, start_localedge
from support.project import ROOT, Project
from support.shell import in_shell

PAGE = ROOT / "docs" / "first-fleet.md"
SERVED = re.compile(r"--account ([0-9a-f]{32}):(\w+):(\S+)")


@dataclass
class Reader:
    """A person who follows the page, in an empty folder."""

    project: Project
    edge: LocalEdge
    printed: list[str] = field(default_factory=list)

    def type(self, line: str) -> str:
        """Type one line into a shell, and expect it to work."""
        ran = in_shell(self.project, line, self.project.environ)
        self.printed.append(ran.said)
        assert ran.code == 0, f"{line}\n{ran.said}"
        return ran.said

    def export(self, line: str) -> None:
        """Set the variables of a line, with the port that was free here."""
        for name, value in re.findall(r"(\w+)=(\S+)", line):
            self.project.environ[name] = value.replace(":8799", f":{self.edge.port}")


@pytest.fixture
def reader(tmp_path: Path) -> Iterator[Reader]:
    text = PAGE.read_text()
    served = [(account, name, token) for account, name, token in SERVED.findall(text)]
    assert len(served) == 3
    project = Project(tmp_path / "shop", tmp_path / "home")
    project.root.mkdir()
    project.home.mkdir()
    with start_localedge(tmp_path / "edge", served) as edge:
        yield Reader(project, edge)


def test_the_tutorial_leads_to_three_workers(reader: Reader) -> None:
    blocks = re.findall(r"^```sh\n(.*?)^```$", PAGE.read_text(), re.DOTALL | re.MULTILINE)
    said: dict[str, str] = {}
    for line in "".join(blocks).splitlines():
        if line.startswith("export "):
            reader.export(line)
        else:
            said[line] = reader.type(line)
    health = said["edgefleet health --tenants all --env production"]
    assert health.count("healthy") >= 3
    for tenant in ("acme", "birch", "cedar"):
        assert f"{tenant}-production" in health
    plan = said["edgefleet plan --tenants acme --env production"]
    assert "modules." in plan
    assert "in sync" in said["edgefleet drift --tenants all --env production"]
    assert "token-of-" not in "".join(reader.printed)
