"""Shows what a command is about to write into the repository, asks, and writes it."""

import sys
from pathlib import Path

import click

from edgefleet.cli.output.json_output import print_json
from edgefleet.cli.output.show import show
from edgefleet.errors import Interrupted
from edgefleet.onboard.project.models import ProjectChange
from edgefleet.onboard.project.project_files import difference, write_files
from edgefleet.onboard.project.report import change_text, next_text


def carry_out(change: ProjectChange, output_format: str, *, dry_run: bool, yes: bool) -> None:
    """Write the files of a change: on a terminal after a question, which `yes` leaves out.

    What changes in a file that was there is shown; with `dry_run` that of every file, and nothing
    is written.
    """
    as_json = output_format == "json"
    show(change_text(change), err=as_json)
    for file in change.written:
        if (file.before is not None or dry_run) and not file.of_edgefleet:
            click.echo(difference(file), err=as_json, nl=False)
    if change.written and not dry_run:
        _confirm(change, yes=yes)
        write_files(Path(change.root), change.written)


def close(*changes: ProjectChange, output_format: str, dry_run: bool) -> None:
    """Print one JSON document of these changes where it is wanted, and the commands that follow."""
    last = changes[-1]
    if output_format == "json":
        files = tuple(file for change in changes for file in change.files)
        notes = tuple(note for change in changes for note in change.notes)
        print_json(last.model_copy(update={"files": files, "notes": notes, "dry_run": dry_run}))
    for line in next_text(last.next):
        click.echo(line, err=True)


def _confirm(change: ProjectChange, *, yes: bool) -> None:
    if yes or not sys.stdin.isatty():
        return
    number = len(change.written)
    question = f"Write {'this file' if number == 1 else f'these {number} files'}?"
    if not click.confirm(question, default=True, err=True):
        raise Interrupted("nothing was written")
