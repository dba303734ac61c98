"""The workflows that edgefleet writes for another repository, and the same as if they were ours."""

import re
import shutil
from pathlib import Path

from edgefleet.onboard.project.workflows import ActionSource, workflow_files
from support.project import ROOT

SOURCE = ActionSource(repository="acme/edgefleet", commit="0123456789" * 4, version="0.2.0")
REMOTE = re.compile(r"[\w-]+/edgefleet/(\.github/actions/\w+)@[0-9a-f]{40} # \S+")


def rendered(folder: Path, source: ActionSource = SOURCE) -> list[Path]:
    """Write them below a folder; return the files."""
    for name, text in workflow_files(
        ("staging", "production"), source, secrets=["API_KEY"]
    ).items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    return sorted(folder.glob(".github/workflows/*.yml"))


def as_ours(folder: Path) -> list[Path]:
    """Write them as our own repository would have them, beside our actions; return the files."""
    shutil.copytree(ROOT / ".github/actions", folder / ".github/actions")
    for file in rendered(folder):
        text = REMOTE.sub(r"./\1", file.read_text()).replace("workflows/edgefleet-", "workflows/")
        file.with_name(file.name.removeprefix("edgefleet-")).write_text(text)
        file.unlink()
    return sorted(folder.glob(".github/workflows/*.yml"))
