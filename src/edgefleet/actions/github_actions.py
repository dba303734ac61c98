"""What step scripts share: how a step of GitHub Actions hands on what it found.

https://docs.github.com/actions/reference/workflow-commands-for-github-actions
"""

import os
import sys
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout
from io import StringIO
from pathlib import Path
from secrets import token_hex
from typing import TextIO

from edgefleet.cli.exit_handling import ended as ended_command
from edgefleet.cli.main import main as edgefleet
from edgefleet.config.credentials.lookup import Credentials
from edgefleet.core.foreign.text import foreign_text
from edgefleet.core.output.github_annotations import workflow_command
from edgefleet.core.output.markdown import fenced, fitting
from edgefleet.core.redaction import Redactor, known_secrets
from edgefleet.core.secret_scanner import masked
from edgefleet.github.workflow_log import WORKFLOW_LOG
from edgefleet.plan.masking import Clean

LARGEST_PAGE = 1_000_000
"""Bytes of one step on the page of a run: of more than 1 MiB GitHub shows nothing at all.
https://docs.github.com/actions/reference/limits"""


MOST_LINES = 5
"""Lines of an annotation."""


def ended(run: Callable[[], int | None]) -> int:
    """Run a step's script, and return its exit code.

    In a workflow no line that it prints is a command to the runner, also in text of others, but for
    those of `annotate`.
    """
    if os.environ.get("GITHUB_ACTIONS") != "true":
        return ended_command(run)
    with WORKFLOW_LOG.without_commands():
        return ended_command(run)


def set_output(name: str, value: str) -> None:
    """Set an output of this step; outside a workflow, print it."""
    if value:
        end = token_hex(16)  # which no value can hold
        _append("GITHUB_OUTPUT", f"{name}<<{end}\n{value}\n{end}\n")
    else:
        _append("GITHUB_OUTPUT", f"{name}=\n")


def cleaner() -> Clean:
    """Return what takes this job's secrets out of texts, and what looks like one.

    A reader of the repository reads what a run shows, and what is live was written by
    anybody.
    """
    redact = Redactor(Credentials(os.environ, Path.cwd()).secrets())
    return lambda text, name: masked(known_secrets(redact(text)), name)


def clean(text: str) -> str:
    """Return one text, cleaned."""
    return cleaner()(text, "")


def add_summary(markdown: str) -> None:
    """Add to the page of the run, cleaned, as much as fits; outside a workflow, print it."""
    page = Path(os.environ.get("GITHUB_STEP_SUMMARY") or os.devnull)
    room = LARGEST_PAGE - (page.stat().st_size if page.is_file() else 0)
    _append("GITHUB_STEP_SUMMARY", fitting(clean(markdown), room) + "\n")


def add_block(title: str, text: str, language: str = "text") -> None:
    """Show a text in the log, and as a block of code below a title on the page of the run."""
    if text.strip():
        show(text)
        add_summary(f"### {title}\n\n{fenced(text.strip(), language=language)}\n")


def annotate(level: str, title: str, message: str) -> None:
    """Put a line (`error`, `warning`, `notice`) on top of the run's page, cleaned."""
    lines = "\n".join(foreign_text(line) for line in clean(message).splitlines()[:MOST_LINES])
    WORKFLOW_LOG.send(workflow_command(level, {"title": foreign_text(title)}, lines))


def show(text: str) -> None:
    """Print into the job's log, cleaned."""
    print(clean(text), flush=True)


def run_edgefleet(*arguments: str) -> tuple[int, str]:
    """Run one command of edgefleet; return its exit code and what it wrote to stdout."""
    with redirect_stdout(StringIO()) as out:
        code = edgefleet(arguments)
    return code, out.getvalue()


def run_edgefleet_aside(*arguments: str) -> tuple[int, str, str]:
    """Run one command as `run_edgefleet` does; return also what it wrote to stderr, cleaned.

    It is printed when the command has ended: this is for short ones, whose words are needed.
    """
    with redirect_stderr(StringIO()) as err:
        code, out = run_edgefleet(*arguments)
    said = clean(err.getvalue())
    print(said, end="", file=sys.stderr, flush=True)
    return code, out, said


def run_edgefleet_noted(*arguments: str) -> tuple[int, str, str]:
    """Run one command as `run_edgefleet` does; return also the notes that it printed meanwhile."""
    with redirect_stderr(_Copied(sys.stderr)) as err:
        code, out = run_edgefleet(*arguments)
    lines = err.getvalue().splitlines()
    return code, out, "\n".join(line for line in lines if line.lstrip().startswith("note: "))


class _Copied(StringIO):
    """Keeps what is written, and writes it on at once."""

    def __init__(self, stream: TextIO) -> None:
        super().__init__()
        self._stream = stream

    def write(self, text: str) -> int:
        self._stream.write(text)
        self._stream.flush()
        return super().write(text)


def _append(variable: str, text: str) -> None:
    path = os.environ.get(variable)
    if path:
        with Path(path).open("a", encoding="utf-8") as file:
            file.write(text)
    else:
        sys.stdout.write(text)
