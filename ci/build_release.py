"""Build what a release consists of, once: wheel and sdist, SBOM, notes and checksums.

It refuses a tag that is not of the checked out commit, a commit that the default branch does not
contain, a changed tree, and a version without a section in CHANGELOG.md.
"""

import argparse
import hashlib
import json
import re
import subprocess
import sys
import tomllib
from collections.abc import Sequence
from pathlib import Path

from edgefleet.cli.exit_handling import ended
from edgefleet.errors import UsageError
from sbom import bill_of_materials

ROOT = Path(__file__).parents[1]
BRANCH = "origin/main"
PACKAGES, NOTES, SUMS = "packages", "notes.md", "SHA256SUMS"


def main(argv: Sequence[str] | None = None) -> int:
    """Return an exit code of edgefleet's."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tag", required=True, help="the tag of the version, such as v0.2.0")
    parser.add_argument("--output", type=Path, required=True, help="the folder to make")
    parser.add_argument(
        "--branch", default=BRANCH, help=f"what must contain it [default: {BRANCH}]"
    )
    given = parser.parse_args(argv)
    return ended(lambda: build(ROOT, given.tag, given.output.absolute(), given.branch))


def build(root: Path, tag: str, output: Path, branch: str) -> None:
    """Build it. Raises `UsageError` for what is no release."""
    version, commit = checked(root, tag, branch)
    notes = notes_of((root / "CHANGELOG.md").read_text("utf-8"), version)
    packages = output / PACKAGES
    packages.mkdir(parents=True)
    for target in ("sdist", "wheel"):
        hatchling = ("-m", "hatchling", "build", "--target", target, "--directory", str(packages))
        _run(root, sys.executable, *hatchling)
    project = tomllib.loads((root / "pyproject.toml").read_text("utf-8"))["project"]
    bill = bill_of_materials(root, version, commit, depends=project["dependencies"])
    (output / f"edgefleet-{version}.cdx.json").write_text(json.dumps(bill, indent=2) + "\n")
    files = sorted(path for path in output.rglob("*") if path.is_file())
    sums = (f"{hashlib.sha256(one.read_bytes()).hexdigest()}  {one.name}\n" for one in files)
    (output / SUMS).write_text("".join(sums))
    (output / NOTES).write_text(notes)
    print("\n".join(str(one.relative_to(output)) for one in files))


def checked(root: Path, tag: str, branch: str) -> tuple[str, str]:
    """Return version and commit of a tag. Raises `UsageError` for what cannot be released."""
    commit = _run(root, "git", "rev-parse", "HEAD")
    tagged = _run(root, "git", "tag", "--points-at", "HEAD").splitlines()
    if tag not in tagged:
        raise UsageError(f"{tag} is no tag of {commit[:12]}", hint=f"git checkout {tag}")
    if changed := _run(root, "git", "status", "--porcelain"):
        raise UsageError(f"files were changed: {changed.splitlines()[0]}", hint="git status")
    contained = ["git", "merge-base", "--is-ancestor", "HEAD", branch]
    if subprocess.run(contained, cwd=root, capture_output=True).returncode:
        raise UsageError(
            f"{branch} does not contain {commit[:12]}: only what passed the gates is released",
            hint=f"merge it, and tag the commit of the branch: git tag --force {tag}",
        )
    version = _run(root, sys.executable, "-m", "hatchling", "version")
    if f"v{version}" != tag:
        raise UsageError(
            f"{tag} gives the version {version}: several tags are on this commit",
            hint="remove the other one: git tag --points-at HEAD",
        )
    return version, commit


def notes_of(changelog: str, version: str) -> str:
    """Return the section of a version. Raises `UsageError` where there is none."""
    found = re.search(
        rf"^## {re.escape(version)}\b[^\n]*\n(?P<text>.*?)(?=^## |\Z)",
        changelog,
        re.MULTILINE | re.DOTALL,
    )
    if found is None or not found["text"].strip():
        raise UsageError(
            f"CHANGELOG.md has no section '## {version}'",
            hint="move what stands under Unreleased below it, and tag that commit",
        )
    return found["text"].strip() + "\n"


def _run(root: Path, *command: str) -> str:
    done = subprocess.run(command, cwd=root, capture_output=True, text=True)
    if done.returncode:
        raise UsageError(f"{command[0]} failed: {done.stderr.strip()}", hint=" ".join(command))
    return done.stdout.strip()


if __name__ == "__main__":
    sys.exit(main())
