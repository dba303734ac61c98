"""The line of a tenant in .env.deploy.example: the variable of its token, without a token."""

from pathlib import Path

from edgefleet.config.credentials.lookup import PLAIN
from edgefleet.config.identifiers import variable
from edgefleet.onboard.project.init import ENV_EXAMPLE
from edgefleet.onboard.project.models import FileState, ProjectFile
from edgefleet.onboard.project.project_files import with_line, without_line


def with_token_line(root: Path, tenant: str) -> tuple[ProjectFile, ...]:
    """Return the file with the tenant's line; nothing where it has the line, or is not there."""
    return _changed(with_line(root, ENV_EXAMPLE, _line(tenant)))


def without_token_line(root: Path, tenant: str) -> tuple[ProjectFile, ...]:
    """Return the file without the tenant's line; nothing where it has no such line."""
    return _changed(without_line(root, ENV_EXAMPLE, _line(tenant)))


def _line(tenant: str) -> str:
    return f"{variable(PLAIN, tenant)}="


def _changed(file: ProjectFile) -> tuple[ProjectFile, ...]:
    return () if file.state is FileState.KEPT else (file,)
