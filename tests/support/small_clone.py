"""A small repository that is built as ours is: its version, its packages, its release."""

import subprocess
import sys
from pathlib import Path

from act_copy import commit
from support.project import ROOT

FILES = (
    "hatch_build.py",
    "pyproject.toml",
    "README.md",
    ".gitattributes",
    "requirements.txt",
    "requirements-node.txt",
    "src/edgefleet/source.txt",
    "src/edgefleet/toolchain/npm/package-lock.json",
)
SOURCE = "src/edgefleet/source.txt"


def git(folder: Path, *arguments: str) -> str:
    """Run git; return its output."""
    who = ("-c", "user.name=ann", "-c", "user.email=ann@example.com")
    command = ["git", "-C", str(folder), *who, *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


def hatchling(folder: Path, *arguments: str) -> str:
    """Run hatchling in a folder; return its output."""
    command = [sys.executable, "-m", "hatchling", *arguments]
    done = subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True)
    return done.stdout.strip()


def copy_sources(root: Path) -> None:
    """Copy what a build needs, with packages that are empty."""
    for name in FILES:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes((ROOT / name).read_bytes())
    for house in ("edgefleet", "localedge"):
        (root / "src" / house).mkdir(exist_ok=True)
        (root / "src" / house / "__init__.py").touch()


def small_clone(root: Path) -> Path:
    """Make the repository, with one commit on main."""
    copy_sources(root)
    (root / "CHANGELOG.md").write_text(
        "# Changelog\n\n## Unreleased\n\n## 0.2.0 - 2026-11-28\n\n- x\n"
    )
    commit(root)
    return root
