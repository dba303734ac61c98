"""What step scripts share: how a step of GitHub Actions hands on what it found.

https://docs.github.com/actions/reference/workflow-commands-for-github-actions
"""

import os
import sys
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path

from edgefleet.cli.main import main as edgefleet
from edgefleet.ports.credentials import Credentials
from edgefleet.ports.redact import Redactor
from edgefleet.reports.findings_github import command
from edgefleet.rules.leaks import masked
from edgefleet.rules.masks import Clean

END = "end-of-this-value"


def set_output(name: str, value: str) -> None:
    """Set an output of this step; outside a workflow, print it."""
    if value:
        _append("GITHUB_OUTPUT", f"{name}<<{END}\n{value}\n{END}\n")
    else:
        _append("GITHUB_OUTPUT", f"{name}=\n")


def cleaner() -> Clean:
    """Return what takes this job's secrets out of texts, and what looks like one.

    Whoever can read the repository reads what a run shows, and what is live was written by
    anybody.
    """
    redact = Redactor(Credentials(os.environ, Path.cwd()).secrets())
    return lambda text, name: masked(redact(text), name)


def clean(text: str) -> str:
    """Return one text, cleaned."""
    return cleaner()(text, "")


def add_summary(markdown: str) -> None:
    """Add to the page of the run, cleaned; outside a workflow, print it."""
    _append("GITHUB_STEP_SUMMARY", clean(markdown) + "\n")


def annotate(level: str, title: str, message: str) -> None:
    """Put a line (`error`, `warning`, `notice`) on top of the run's page, cleaned."""
    print(command(level, {"title": title}, clean(message)), flush=True)


def show(text: str) -> None:
    """Print into the job's log, cleaned."""
    print(clean(text), flush=True)


def run_edgefleet(*arguments: str) -> tuple[int, str]:
    """Run one command of edgefleet; return its exit code and what it wrote to stdout."""
    with redirect_stdout(StringIO()) as out:
        code = edgefleet(arguments)
    return code, out.getvalue()


def _append(variable: str, text: str) -> None:
    path = os.environ.get(variable)
    if path:
        with Path(path).open("a", encoding="utf-8") as file:
            file.write(text)
    else:
        sys.stdout.write(text)
