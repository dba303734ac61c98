"""The page on adding a tenant is followed from its first line to a Worker that answers."""

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from string import Template

import pytest

from integration.conftest import token
from support.github import GitHub, github
from support.hint_ledger import kept
from support.localedge import start_localedge
from support.pasting import fill
from support.project import PARTS, ROOT, Project, make_project
from support.shell import in_shell

__all__ = ["kept"]

PAGE = ROOT / "docs" / "adding-a-tenant.md"
ACCOUNT = "0123456789abcdef0123456789abcdef"
OTHERS = ("gh ",)
"""Lines that need real accounts."""
ID = re.compile(r'"[0-9a-f-]{32,36}"')


@dataclass
class Reader:
    """A person who follows the page."""

    project: Project
    hub: GitHub
    printed: list[str] = field(default_factory=list)

    def type(self, line: str) -> str:
        """Type one line into a shell, and expect it to work."""
        environment = {
            **self.hub.environ(),
            "ACCOUNT": ACCOUNT,
            "REVIEWER": "alice",
            "CLOUDFLARE_API_TOKEN_ACME": token("acme"),
        }
        if line.startswith("edgefleet "):  # it needs no shell, which would be slow
            words = shlex.split(Template(line).substitute(environment))
            ran = self.project.run(*words[1:], **environment)
        else:
            ran = in_shell(self.project, line, environment)
        self.printed.append(ran.said)
        assert ran.code == 0, f"{line}\n{ran.said}"
        return ran.out


@pytest.fixture
def reader(tmp_path: Path) -> Iterator[Reader]:
    """Have a copy of this repository, and a repository at the stand-in for GitHub."""
    with github(users={"alice": 11}) as hub:
        project = make_project(tmp_path, [*PARTS, "ci"])
        yield Reader(project, hub)


def lines() -> list[list[str]]:
    """Return the lines of each block of commands."""
    blocks = re.findall(r"^```sh\n(.*?)^```$", PAGE.read_text(), re.DOTALL | re.MULTILINE)
    return [block.splitlines() for block in blocks]


def test_the_page_leads_to_a_worker_that_answers(reader: Reader, tmp_path: Path) -> None:
    folder, key, storage, look, deploy, environments, secret_lines, _runs = lines()
    for line in (*folder, *key):
        reader.type(line)
    home = reader.project.root / "tenants" / "acme"
    assert "mrrainbowsmoke" not in "".join(file.read_text() for file in home.iterdir())
    copied = (home / "wrangler.jsonc").read_text()

    account = (ACCOUNT, "acme", token("acme"))
    with start_localedge(tmp_path / "edge", [account]) as edge:
        reader.project.environ = {
            "CLOUDFLARE_API_BASE_URL": edge.api,
            "EDGEFLEET_WORKERS_DEV": edge.workers_dev,
        }
        named = re.findall(r"(?m)^[ a-z:]* (edgefleet \S+ --.*)$", "".join(reader.printed))
        provision, validate, plan = (fill(command, {}) for command in named)
        reader.type(provision)
        make = re.search(r"to make it: (edgefleet provision .*)$", reader.printed[-1], re.MULTILINE)
        assert make
        for line in (fill(make[1], {}), validate, plan, *storage, *look):
            reader.type(line)
        written_down = (home / "wrangler.jsonc").read_text()
        assert len(set(ID.findall(written_down)) - set(ID.findall(copied))) == 8
        assert [line for line in copied.splitlines() if "//" in line] == [
            line for line in written_down.splitlines() if "//" in line
        ]
        first, health = deploy
        reader.type(f"{first} --engine api")
        assert "acme-staging: healthy, smoke test passed" in reader.type(health)

    key_file = reader.project.home / "acme.key"
    assert key_file.stat().st_mode & 0o077 == 0
    secret = key_file.read_text().strip()
    written = [path for path in reader.project.root.rglob("*") if path.is_file()]
    own = [path for path in written if "node_modules" not in path.parts]
    assert not [path for path in own if secret.encode() in path.read_bytes()]

    dry_run, *applied = environments
    reader.type(dry_run)
    assert reader.hub.writes() == []
    said = "".join(reader.type(line) for line in applied)
    names = [
        f"acme-{environment}{end}"
        for environment in ("production", "staging")
        for end in ("", "-readonly", "-unattended")
    ]
    assert sorted(reader.hub.environments) == [*names, "production-approval"]
    for line in secret_lines:
        assert line.replace('"$GITHUB_REPOSITORY"', reader.hub.repository) in said
    printed = "".join(reader.printed)
    assert token("acme") not in printed
    assert reader.hub.token not in printed


def test_every_line_that_is_not_typed_needs_a_real_account() -> None:
    *_others, secret_lines, runs = lines()
    assert all(line.startswith(OTHERS) for line in (*secret_lines, *runs))
