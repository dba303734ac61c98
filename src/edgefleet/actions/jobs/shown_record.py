"""Show on the page of a run what edgefleet printed of its work: the record, or an error."""

import json
import os
from contextlib import suppress
from pathlib import Path

from pydantic import ValidationError

from edgefleet.actions.github_actions import add_block, annotate
from edgefleet.config.target import Target
from edgefleet.deploy.checks.holds import was_held
from edgefleet.github.workflow_files import workflow_file
from edgefleet.records.commit_order import SUPERSEDED
from edgefleet.records.models import Action, Record
from edgefleet.records.report import record_text
from edgefleet.rollback.report import rollback_text


def show_record(target: Target, printed: str) -> Record | None:
    """Show what a command printed, and return the record, if that is what it is.

    The record is never looked for on disk: anybody may have written the files there.
    """
    try:
        record = Record.model_validate_json(printed)
    except ValidationError:
        show_error(target, printed)
        return None
    add_block(f"{target}: {record.action}", _text(record))
    if record.error:
        superseded = is_superseded(record)
        message = f"{record.error.message}\n{on_github(record.error.hint)}"
        if superseded:
            message = f"superseded: {record.error.message}{_attempt()}"
        level = "notice" if superseded or was_held(record) else "error"
        annotate(level, str(target), message)
    return record


def is_superseded(record: Record) -> bool:
    """Whether a deploy ended because the live commit contains its own."""
    return record.error is not None and record.error.code == SUPERSEDED


def on_github(hint: str) -> str:
    """Add to a hint the inputs of the deploying workflow that stand for its options."""
    named = {word[2:].replace("-", "_") for word in hint.split() if word.startswith("--allow-")}
    inputs = ", ".join(f"{name}=true" for name in sorted(named))
    return f"{hint} ({workflow_file(Path.cwd(), 'deploy')}: {inputs})" if inputs else hint


def _attempt() -> str:
    """Say that a run is done again: it deploys the commit of its first attempt."""
    number = os.environ.get("GITHUB_RUN_ATTEMPT", "1")
    return "" if number == "1" else f" (attempt {number} of a run deploys the commit of its first)"


def first_error(said: str) -> str:
    """Return the first error among what edgefleet wrote to stderr."""
    lines = [line[7:] for line in said.splitlines() if line[:7].lower() == "error: "]
    return lines[0] if lines else "the job's log says why"


def _text(record: Record) -> str:
    if record.error:
        return f"{record.target}: {record.status}\n  {record.error.message}"
    return rollback_text(record) if record.action is Action.ROLLBACK else record_text(record)


def show_error(target: Target, printed: str) -> None:
    """Annotate the error that a command printed in the place of its result."""
    with suppress(ValueError, KeyError, TypeError):
        error = json.loads(printed)["error"]
        annotate("error", str(target), f"{error['message']}\n{error['hint']}")
