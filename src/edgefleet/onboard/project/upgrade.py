"""`edgefleet upgrade`: bring the files that edgefleet wrote to this version; keep your edits."""

import os
from collections.abc import Iterator, Mapping
from pathlib import Path

from edgefleet.config.files.tenant_files import read_text
from edgefleet.core.git import git_output, literal
from edgefleet.errors import ConfigError, UsageError
from edgefleet.onboard.project.models import FileState, ProjectChange, ProjectFile
from edgefleet.onboard.project.three_way_merge import merged
from edgefleet.onboard.project.written_files import WrittenFiles, read_written, remembered


def planned_upgrade(
    root: Path, schemas: Mapping[str, str], wanted: WrittenFiles | None
) -> ProjectChange:
    """Return how the files of a fleet become those of this edgefleet; nothing is written.

    Schemas are replaced, workflows are merged, and a workflow that you removed stays removed.
    Raises `UsageError` where a file has changes that are not committed.
    """
    before = read_written(root)
    known = before.files if before else {}
    workflows = wanted.files if wanted else {}
    files = [_replaced(root, path, text) for path, text in schemas.items()]
    files += [_merged(root, path, text, known) for path, text in workflows.items()]
    changed = [file.path for file in files if file.is_written and file.before is not None]
    if uncommitted := [path for path in changed if _is_uncommitted(root, path)]:
        raise UsageError(
            f"{', '.join(uncommitted)}: not committed, and edgefleet would change it",
            hint="git add --all && git commit --message 'Our edits' && edgefleet upgrade",
        )
    if wanted is not None:
        files.append(remembered(root, wanted))
    return ProjectChange(
        root=str(root), files=tuple(files), notes=tuple(_notes(root, known, workflows))
    )


def _notes(root: Path, known: Mapping[str, str], workflows: Mapping[str, str]) -> Iterator[str]:
    for path in known:
        if path not in workflows and (root / path).exists():
            yield f"{path} is no file of this edgefleet: remove it, if you do not need it"
    for path in workflows:
        if path not in known and (root / path).exists():
            yield f"{path} was not written by edgefleet, and stays as it is"


def conflicts(change: ProjectChange) -> Iterator[str]:
    """Yield each place where both sides changed the same lines, as PATH:LINE."""
    for file in change.files:
        if file.state is FileState.CONFLICT:
            for number, line in enumerate(file.text.splitlines(), 1):
                if line.startswith("<<<<<<< "):
                    yield f"{file.path}:{number}"


def _merged(root: Path, path: str, theirs: str, written: Mapping[str, str]) -> ProjectFile:
    base = written.get(path)
    if not os.path.lexists(root / path):
        removed = base is not None
        return ProjectFile(
            path=path, state=FileState.KEPT if removed else FileState.NEW, text=theirs
        )
    mine, problem = read_text(root, path)
    if problem is not None:
        raise ConfigError(f"{path}: {problem.message}")
    if base is None or theirs in (mine, base):
        return ProjectFile(path=path, state=FileState.KEPT)
    if mine == base:
        return ProjectFile(path=path, state=FileState.CHANGED, before=mine, text=theirs)
    both = merged(mine, base, theirs)
    state = FileState.CONFLICT if both.conflicts else FileState.CHANGED
    if both.text == mine:
        return ProjectFile(path=path, state=FileState.KEPT)
    return ProjectFile(path=path, state=state, before=mine, text=both.text)


def _replaced(root: Path, path: str, text: str) -> ProjectFile:
    if not os.path.lexists(root / path):
        return ProjectFile(path=path, state=FileState.NEW, text=text)
    before, problem = read_text(root, path)
    if problem is not None:
        raise ConfigError(f"{path}: {problem.message}")
    state = FileState.KEPT if before == text else FileState.CHANGED
    return ProjectFile(path=path, state=state, before=before, text=text)


def _is_uncommitted(root: Path, path: str) -> bool:
    """Whether git would lose something of a file; outside of a repository it always would."""
    status = git_output(root, "status", "--porcelain", "--", literal(path))
    return status is None or bool(status)
