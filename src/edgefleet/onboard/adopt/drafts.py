"""Tenants' files as they are to become: read, changed in memory, and written at the end."""

from collections.abc import Iterable
from pathlib import Path

from edgefleet.config.editing.file_edit import edit_file
from edgefleet.config.files import tenant_files as files
from edgefleet.config.fleet_config import FleetConfig
from edgefleet.config.overlay.layers import Base
from edgefleet.config.reading import jsonc
from edgefleet.config.reading.file_rules import FILE_MISSING
from edgefleet.config.reading.locate import locate
from edgefleet.config.reading.rule import Problem
from edgefleet.config.reading.views import Document, TenantFiles
from edgefleet.config.report import findings_text
from edgefleet.core.redaction import known_secrets
from edgefleet.errors import ConfigError
from edgefleet.onboard.adopt.models import DraftedFile


class TenantDrafts:
    """The files of one run, by their paths from the root."""

    def __init__(self, root: Path, fleet: FleetConfig, base: Base | None) -> None:
        self.root = root
        self.fleet = fleet
        self.base = base
        self._files: dict[str, DraftedFile] = {}

    def tenant(self, name: str) -> TenantFiles:
        """Return a tenant's files; a file that is not there has no text.

        Raises `ConfigError` for one that is there and cannot be read.
        """
        home = f"{files.TENANTS}/{name}"
        if (self.root / home).is_symlink():
            raise ConfigError(f"{home} is a symbolic link", hint="replace the link with the folder")
        config, wrangler = (
            self._document(f"{home}/{file}") for file in (files.CONFIG_FILE, files.WRANGLER_FILE)
        )
        return TenantFiles(name, self.root / home, config, wrangler, self.fleet, self.base)

    def main_of(self, names: Iterable[str]) -> str | None:
        """Return the source file that the whole file of one of these tenants names."""
        mains = (self.tenant(name).wrangler.keys.get("main") for name in names)
        return next((one for one in mains if isinstance(one, str)), None)

    def put(self, changed: DraftedFile) -> None:
        """Keep what a file is to become."""
        known = self._files.get(changed.path)
        update = {
            "before": known.before if known else changed.before,
            "replaces": changed.replaces or (known is not None and known.replaces),
        }
        self._files[changed.path] = changed.model_copy(update=update)

    @property
    def changed(self) -> tuple[DraftedFile, ...]:
        """The files that would be written."""
        return tuple(one for one in self._files.values() if one.before != one.after)

    def write(self) -> None:
        """Write them; raises `ConfigError` where a file was changed meanwhile."""
        for one in self.changed:
            _write(self.root, one)

    def _document(self, file: str) -> Document:
        known = self._files.get(file)
        if known is not None:
            return Document(file, known.after, jsonc.parse(known.after)[0])
        document, problems = files.read_document(self.root, file)
        wrong = [one for one in problems if one.rule is not FILE_MISSING]
        if wrong:
            raise invalid(wrong, {file: document.text})
        return document


def invalid(problems: list[Problem], texts: dict[str, str]) -> ConfigError:
    """Return the error of files that cannot be read as they are."""
    found = locate(problems, texts, known_secrets)
    return ConfigError(
        f"the configuration is not valid\n{findings_text(found)}",
        hint="docs/reference/validation.md explains each code",
    )


def _write(root: Path, one: DraftedFile) -> None:
    def edit(text: str) -> str:
        if one.before is not None and text != one.before:
            raise ConfigError("it was changed meanwhile", hint="run the command again")
        return one.after

    edit_file(root, one.path, edit)
