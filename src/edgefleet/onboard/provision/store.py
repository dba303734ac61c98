"""Notes of what edgefleet makes for a target, so that a killed run is found again by the next one.

A name is noted before Cloudflare is asked for it: whatever has a noted name was made by edgefleet.
"""

from pathlib import Path
from typing import Literal

from pydantic import ValidationError

from edgefleet.cloudflare.named_resources import ResourceKind
from edgefleet.config.target import Target
from edgefleet.core import atomic_files
from edgefleet.core.model import Model
from edgefleet.core.regular_files import read_stored
from edgefleet.errors import UsageError


class NotedResource(Model):
    """A resource that edgefleet asked for; `id` once it is known that it is there."""

    kind: ResourceKind
    name: str
    jurisdiction: str = ""
    id: str | None = None


class ProvisionNotes(Model):
    """What was asked for in a target's account."""

    schema_version: Literal[1] = 1
    account_id: str
    made: tuple[NotedResource, ...] = ()
    complete: str | None = None
    """The digest of all that the target bound when nothing was left to be made."""

    def find(self, kind: ResourceKind, name: str, jurisdiction: str) -> NotedResource | None:
        """Return the note of a resource."""
        wanted = (kind, name, jurisdiction)
        found = (one for one in self.made if (one.kind, one.name, one.jurisdiction) == wanted)
        return next(found, None)


class NotesFolder:
    """The folder of notes: a file for each target."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def read(self, target: Target, account_id: str) -> ProvisionNotes:
        """Return the notes of a target; none where it had another account, or none was made.

        A file that edgefleet cannot read has no notes: you are asked before anything is taken.
        """
        try:
            notes = ProvisionNotes.model_validate_json(read_stored(self._path(target)))
        except (OSError, ValidationError):
            return ProvisionNotes(account_id=account_id)
        return notes if notes.account_id == account_id else ProvisionNotes(account_id=account_id)

    def note(self, target: Target, notes: ProvisionNotes, one: NotedResource) -> ProvisionNotes:
        """Write the note of a resource, in place of an older one; return all of them."""
        old = notes.find(one.kind, one.name, one.jurisdiction)
        others = tuple(each for each in notes.made if each != old)
        return self.write(target, notes.model_copy(update={"made": (*others, one)}))

    def forget(self, target: Target, notes: ProvisionNotes, one: NotedResource) -> ProvisionNotes:
        """Drop the note of a resource that was not made after all; return the others."""
        others = tuple(each for each in notes.made if each != one)
        return self.write(target, notes.model_copy(update={"made": others}))

    def write(self, target: Target, notes: ProvisionNotes) -> ProvisionNotes:
        """Write the notes of a target; raises `UsageError` if that fails."""
        path = self._path(target)
        try:
            atomic_files.replace(path, notes)
        except OSError as error:
            raise UsageError(
                f"edgefleet makes nothing without a note, and cannot write {path}: "
                f"{error.strerror}",
                hint=atomic_files.access_command(path.parent, error),
            ) from error
        return notes

    def _path(self, target: Target) -> Path:
        return self._folder / f"{target}.json"
