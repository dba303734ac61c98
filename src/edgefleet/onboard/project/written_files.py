"""The workflows that `init` and `upgrade` wrote, word for word: the base of a later merge."""

from collections.abc import Iterable, Mapping
from importlib.metadata import version
from pathlib import Path

from pydantic import Field, ValidationError

from edgefleet.config.files.tenant_files import read_text
from edgefleet.core.model import Model
from edgefleet.errors import ConfigError, UsageError
from edgefleet.onboard.project.fleet_text import SCHEMAS
from edgefleet.onboard.project.models import FileState, ProjectFile
from edgefleet.onboard.project.workflows import ActionSource

WRITTEN = f"{SCHEMAS}/written.json"


class WrittenFiles(Model):
    """The file `schemas/edgefleet/written.json`: commit it, and leave it to edgefleet."""

    schema_version: int = Field(default=1, ge=1, le=1)
    version: str
    """The edgefleet that wrote them."""
    actions: ActionSource
    """Where the workflows take edgefleet's actions from."""
    files: Mapping[str, str]
    """Path below the fleet's folder -> text."""

    @property
    def text(self) -> str:
        """The file's own text."""
        return f"{self.model_dump_json(indent=2)}\n"


def written_files(texts: Mapping[str, str], actions: ActionSource) -> WrittenFiles:
    """Return what this edgefleet writes, and a later one will merge with your edits."""
    return WrittenFiles(version=version("edgefleet"), actions=actions, files=texts)


def remembered(root: Path, written: WrittenFiles) -> ProjectFile:
    """Return the file that holds what was written, new or changed."""
    text = written.text
    if not (root / WRITTEN).exists():
        return ProjectFile(path=WRITTEN, state=FileState.NEW, text=text, of_edgefleet=True)
    before = (root / WRITTEN).read_text("utf-8")
    state = FileState.KEPT if before == text else FileState.CHANGED
    return ProjectFile(path=WRITTEN, state=state, before=before, text=text, of_edgefleet=True)


def joined(
    root: Path, files: Iterable[ProjectFile], texts: Mapping[str, str], actions: ActionSource
) -> list[ProjectFile]:
    """Return the file that holds what was written, with what is written now: other files stay.

    Nothing where no workflow is new. Raises `ConfigError` as `read_written` does.
    """
    new = {
        file.path: texts[file.path]
        for file in files
        if file.path in texts and file.state is FileState.NEW
    }
    if not new:
        return []
    before = read_written(root)
    known = before.files if before else {}
    source = before.actions if before else actions
    return [remembered(root, written_files({**known, **new}, source))]


def read_written(root: Path) -> WrittenFiles | None:
    """Return what was written; None where no edgefleet wrote anything.

    Raises `ConfigError` for a file that cannot be read.
    """
    if not (root / WRITTEN).exists():
        return None
    text, problem = read_text(root, WRITTEN)
    if problem is None:
        try:
            return WrittenFiles.model_validate_json(text)
        except (ValidationError, UsageError):
            pass
    raise ConfigError(
        f"{WRITTEN} is not what edgefleet wrote",
        hint=f"git checkout HEAD -- {WRITTEN}, or remove it: edgefleet then merges nothing",
    )
