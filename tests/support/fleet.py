"""The small fleet of tests/fixtures/tenants, and what breaks it."""

import os
import shutil
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from edgefleet.config.reading.rule import Finding

FIXTURES = Path(__file__).parents[1] / "fixtures" / "tenants"
BROKEN = FIXTURES / "broken"
WORKER = Path(__file__).parents[2] / "src" / "worker"
CONTRACT = ("contract.jsonc", "settings.schema.json")
"""The files of our Worker's contract, which the small fleet has in the folder contract/."""


def make_fleet(folder: Path) -> Path:
    """Copy the valid fleet of two tenants, `alder` and `birch`, into `folder`."""
    root = Path(shutil.copytree(FIXTURES / "fleet", folder / "fleet"))
    (root / "contract").mkdir()
    for file in CONTRACT:
        text = (WORKER / file).read_text().replace('"src/worker/', '"contract/')
        (root / "contract" / file).write_text(text)
    return root


@dataclass(frozen=True)
class Broken:
    """One way in which the fleet can be broken, and what must be found then."""

    name: str
    change: dict[str, Any]

    @property
    def findings(self) -> list[str]:
        """`file:line:column: code` of each finding, in order."""
        found = self.change["findings"]
        assert isinstance(found, list)
        return found

    @property
    def exit_code(self) -> int:
        """How `edgefleet validate` must end."""
        return int(self.change["exit"])

    def apply(self, root: Path) -> None:
        """Break the fleet at `root`."""
        for also, text in self.change.get("also", {}).items():
            _write_beside(root / also, text)
        for old, new in self.change.get("rename", {}).items():
            (root / old).rename(root / new)
        file = root / self.change["file"]
        before = file.read_text("utf-8") if file.is_file() else ""
        file.parent.mkdir(parents=True, exist_ok=True)
        file.unlink(missing_ok=True)
        if "folder" in self.change:
            file.mkdir()
        elif "link" in self.change:
            file.symlink_to(self.change["link"])
        elif "pipe" in self.change:
            os.mkfifo(file)
        elif "remove" not in self.change:
            file.write_bytes(self._contents(before))

    def _contents(self, before: str) -> bytes:
        text = str(self.change.get("text", before))
        for edit in self.change.get("edits", []):
            assert edit["find"] in text, f"{self.name}: nothing to edit: {edit['find']}"
            text = text.replace(edit["find"], edit["replace"], 1)
        text = text[: self.change.get("cut", len(text))].ljust(self.change.get("size", 0))
        prefix = bytes.fromhex(self.change.get("prefix_hex", ""))
        return prefix + text.encode(self.change.get("encoding", "utf-8"))


def _write_beside(path: Path, text: str | dict[str, str]) -> None:
    """Write a whole file, or edit one that is there."""
    if not isinstance(text, str):
        before = path.read_text("utf-8")
        assert text["find"] in before, f"nothing to edit: {text['find']}"
        text = before.replace(text["find"], text["replace"], 1)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def broken_fleets() -> list[Broken]:
    """Return every broken configuration, by name."""
    files = sorted(BROKEN.glob("*.yaml"))
    return [
        Broken(file.stem, yaml.load(file.read_text("utf-8"), yaml.CSafeLoader)) for file in files
    ]


def change(fleet: Path, file: str, before: str, after: str) -> None:
    """Change the first such text in a file of a tenant, which must be there."""
    path = fleet / "tenants" / file
    text = path.read_text()
    assert before in text
    path.write_text(text.replace(before, after, 1))


def short(findings: Collection[Finding]) -> list[str]:
    """Return findings without words and files."""
    return [f"{each.line}:{each.column} {each.code} {each.severity}" for each in findings]
