"""Read and check a part of a fleet: its tenants, one after the other."""

from collections.abc import Iterable, Mapping
from datetime import date
from pathlib import Path

from edgefleet.config.files import tenant_files as files
from edgefleet.config.files.kept_tenants import packed
from edgefleet.config.files.worker_files import WorkerFiles
from edgefleet.config.fleet_config import FleetConfig
from edgefleet.config.overlay.layers import Base
from edgefleet.config.reading.rule import Problem
from edgefleet.config.reading.views import Document, TargetView, TenantFiles
from edgefleet.config.target import Environment
from edgefleet.config.validation.check_tenant import NO_SOURCES, examine, view
from edgefleet.config.validation.secrets import secret_problem
from edgefleet.config.validation.shared_resources import Use, uses
from edgefleet.config.validation.wrangler.clean_sections import CleanSections
from edgefleet.core.secret import Secret
from edgefleet.core.secret_scanner import find_secrets


class FleetPart:
    """A part of a fleet while it is read: of each tenant is kept what is needed later.

    The files of thousands take much room, and nothing is wrong with most of them.
    """

    def __init__(
        self,
        root: Path,
        config: FleetConfig,
        base: Base | None,
        environments: tuple[Environment, ...],
        today: date,
        *,
        keep: bool,
    ) -> None:
        self._root = root
        self._config = config
        self._base = base
        self._environments = environments
        self._today = today
        self._keep = keep
        self._sources = WorkerFiles(root)
        self._clean = CleanSections()
        self.tenants: dict[str, bytes] = {}
        """What `packed` returned, by the tenant's name."""
        self.problems: list[Problem] = []
        self.uses: list[Use] = []
        self.readable = True
        """Whether every tenant's files tell which scripts they name."""
        self.secrets: list[Secret] = []
        """Those found in files, so that no message repeats one."""

    def add(self, other: "FleetPart") -> None:
        """Take over what was found in another part of the fleet."""
        self.tenants |= other.tenants
        self.problems += other.problems
        self.uses += other.uses
        self.readable &= other.readable
        self.secrets += other.secrets

    def read(self, name: str) -> TenantFiles:
        """Read a tenant's files."""
        return files.load_tenant(self._root, name, self._config, self._base).files

    def examine(self, name: str) -> None:
        """Run every check on a tenant."""
        loaded = files.load_tenant(self._root, name, self._config, self._base)
        read = loaded.files
        found = examine(read, self._environments, self._today, self._sources, self._clean)
        beside = files.second_wrangler_files(self._root, f"{files.TENANTS}/{name}")
        self.problems += [*loaded.problems, *found.problems, *beside]
        self.search([(read.config, None), (read.wrangler, None)])
        self._note(read, found.targets)
        if self._keep and found.config is not None and read.readable:
            self.tenants[name] = packed(found.config, read.wrangler.text)

    def glance(self, name: str) -> None:
        """Read a tenant that was not selected: it may share a resource with a selected one."""
        self._note(self.read(name), {})

    def search(self, documents: Iterable[tuple[Document, Problem | None]]) -> None:
        """Look for secrets in files, with what was wrong with reading them."""
        for document, problem in documents:
            self.problems += [problem] if problem else []
            for secret in find_secrets(document.text):
                self.secrets.append(secret.text)
                self.problems.append(secret_problem(document.file, secret))

    def _note(self, read: TenantFiles, known: Mapping[Environment, TargetView]) -> None:
        self.readable &= read.readable
        for environment in self._config.deployable if read.readable else ():
            target = known.get(environment)
            if target is None:
                target, _ = view(read, environment, self._today, NO_SOURCES)
            self.uses += uses(target) if target else ()
