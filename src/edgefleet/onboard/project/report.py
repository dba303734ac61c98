"""What `init`, `tenant add` and `upgrade` print."""

from collections.abc import Iterable, Iterator

from edgefleet.onboard.project.models import FileState, ProjectChange, ProjectFile

SIGNS = {
    FileState.NEW: "+",
    FileState.APPENDED: "~",
    FileState.CHANGED: "~",
    FileState.CONFLICT: "!",
}


def change_text(change: ProjectChange) -> str:
    """Return the files that change, one a line, then notes."""
    lines = [f"  {SIGNS[file.state]} {file.path}{_words(file)}" for file in change.written]
    kept = len(change.files) - len(lines)
    if not lines:
        lines = ["nothing to do: each file is there"]
    elif kept:
        lines.append(f"  {kept} kept as {'it is' if kept == 1 else 'they are'}")
    return "\n".join([change.root, *lines, *[f"note: {note}" for note in change.notes]])


def next_text(commands: Iterable[str]) -> Iterator[str]:
    """Yield the commands that come next, one a line."""
    for number, command in enumerate(commands):
        yield f"{'next:' if number == 0 else '':<5} {command}"


def _words(file: ProjectFile) -> str:
    match file.state:
        case FileState.APPENDED:
            return " (lines are appended)"
        case FileState.CONFLICT:
            return (
                " (both sides changed the same lines: they stand in it between <<<<<<< and >>>>>>>)"
            )
    return ""
