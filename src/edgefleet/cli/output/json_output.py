"""JSON on stdout: one document for each command, also for a command that fails.

A deploy or a rollback that fails prints its record, whose `error` says why. Every other failure
prints `{"schema_version": 1, "error": {"code", "message", "hint", "exit_code"}}`.
"""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from edgefleet.errors import EdgefleetError

if TYPE_CHECKING:  # every command, `--help` too, loads this module: it loads no models
    from pydantic import BaseModel

    from edgefleet.core.model import Json
    from edgefleet.records.store import Records


class JsonOutput:
    """The JSON document that one command prints."""

    def __init__(self, arguments: Sequence[str]) -> None:
        self.wanted = _asks_for_json(arguments)
        """Whether the command line asks for JSON; read before click has understood it."""
        self.printed = False

    def print(self, document: "Json | BaseModel") -> None:
        """Print the document."""
        self.printed = True
        if isinstance(document, dict | list):
            click.echo(json.dumps(document, indent=2))
        else:
            click.echo(document.model_dump_json(indent=2))

    def print_error(self, error: EdgefleetError) -> None:
        """Print why the command failed, if JSON is wanted and nothing was printed before."""
        if self.wanted and not self.printed:
            from edgefleet.config.target import SCHEMA_VERSION

            self.print({"schema_version": SCHEMA_VERSION, "error": error_json(error)})


def error_json(error: EdgefleetError) -> "dict[str, Json]":
    """Return an error as a JSON value."""
    return {
        "code": error.code,
        "message": error.message,
        "hint": error.hint,
        "exit_code": int(error.exit_code),
    }


def print_json(document: "Json | BaseModel") -> None:
    """Print the JSON document of the command that runs."""
    context = click.get_current_context(silent=True)
    output = context.find_object(JsonOutput) if context else None
    (output or JsonOutput(())).print(document)


@contextmanager
def record_on_failure(records: "Records", output_format: str) -> Iterator[None]:
    """Print the record of a change that fails: itself where JSON is wanted, or where it is."""
    try:
        yield
    except EdgefleetError:
        if output_format == "json" and records.written is not None:
            print_json(records.written)
        elif records.path is not None:
            click.echo(f"record: {_from_here(records.path)}", err=True)
        raise


def _from_here(path: Path) -> Path:
    here = Path.cwd()
    return path.relative_to(here) if path.is_relative_to(here) else path


def _asks_for_json(arguments: Sequence[str]) -> bool:
    pairs = zip(arguments, [*arguments[1:], ""], strict=False)
    return any(pair == ("--format", "json") or pair[0] == "--format=json" for pair in pairs)
