"""What happens to files of a repository: `init`, `tenant add` and `upgrade`."""

from enum import StrEnum

from pydantic import Field

from edgefleet.core.model import Model


class FileState(StrEnum):
    """What happens to a file."""

    NEW = "new"
    APPENDED = "appended"
    CHANGED = "changed"
    KEPT = "kept"
    CONFLICT = "conflict"


class ProjectFile(Model):
    """A file of the repository, before and after."""

    path: str = Field(description="Relative to the fleet's folder.")
    state: FileState
    before: str | None = Field(default=None, exclude=True)
    """Its text; None where there is no such file, or where it stays as it is."""
    text: str = Field(default="", exclude=True)

    of_edgefleet: bool = Field(default=False, exclude=True)
    """Whether edgefleet alone reads it: its difference is not shown."""

    @property
    def is_written(self) -> bool:
        """Whether it changes."""
        return self.state is not FileState.KEPT


class ProjectChange(Model):
    """What a command did to the files of a repository, or would do."""

    schema_version: int = 1
    root: str = Field(description="The fleet's folder.")
    dry_run: bool = False
    files: tuple[ProjectFile, ...]
    notes: tuple[str, ...] = Field(default=(), description="What you should know of it.")
    next: tuple[str, ...] = Field(default=(), description="The commands that come next.")

    @property
    def written(self) -> tuple[ProjectFile, ...]:
        """The files that change."""
        return tuple(file for file in self.files if file.is_written)
