"""What a command loads before it works: each module that it does not need costs every start."""

import os
import subprocess
import sys

import pytest

from support.project import ROOT

SERVERS = frozenset("aiohttp asyncio graphql httptools localedge starlette uvicorn".split())
"""What localedge alone needs."""

RARE = frozenset("blake3 json5 multiprocessing requests rich yaml".split())
"""What few runs need: those load it there."""

SUBJECTS = frozenset(
    f"edgefleet.{name}"
    for name in "actions drift fleet onboard reference rehearse rollback".split()
)
"""Packages of other commands."""

REMOTE = frozenset(
    {"http", "ssl", "edgefleet.cli.wiring"}
    | {f"edgefleet.{name}" for name in "deploy github health http locks records state".split()}
)
"""What reaches Cloudflare or GitHub, and what is written down of it."""

MODELS = frozenset({"pydantic", "edgefleet.config", "edgefleet.cloudflare"})

PROGRAM = """
import sys
from edgefleet.cli.main import main
code = main(sys.argv[1:])
print(*sys.modules, sep="\\n", file=sys.stderr)
sys.exit(code)
"""

CASES = {
    "--help": SERVERS | RARE | SUBJECTS | REMOTE | MODELS,
    "validate": SERVERS | RARE | SUBJECTS | REMOTE | {"edgefleet.build.build"},
    "deploy --help": SERVERS | RARE | SUBJECTS,
}
"""Command line -> packages and modules that it must not load."""


@pytest.mark.parametrize("arguments", CASES)
def test_a_command_loads_only_what_it_needs(arguments: str) -> None:
    ran = subprocess.run(
        [sys.executable, "-c", PROGRAM, *arguments.split()],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT / "src")},
        capture_output=True,
        text=True,
        check=True,
    )
    loaded = {line for line in ran.stderr.splitlines() if line.isascii() and " " not in line}
    assert "edgefleet.cli.main" in loaded
    forbidden = CASES[arguments]
    assert [name for name in sorted(loaded) if not forbidden.isdisjoint(_packages(name))] == []


def _packages(name: str) -> set[str]:
    """Return a module's name, and those of the packages that it is in."""
    parts = name.split(".")
    return {".".join(parts[: number + 1]) for number in range(len(parts))}
