"""Reference pages that are written from code (`make generate`)."""

from collections.abc import Iterable, Sequence

import click

from edgefleet.core.model import Model
from edgefleet.errors import EdgefleetError, ExitCode
from edgefleet.fleet.models import FleetOptions, FleetRecord, Outcome, TargetResult
from edgefleet.records.models import Action, Phase, Record, Status
from edgefleet.reference.json_schemas import OUTPUTS

COLUMNS = 90
HELP_OPTIONS = ["-h", "--help"]
NOTE = "<!-- Written from code by `make generate`. -->"


def exit_codes_page() -> str:
    """Return the table of exit codes: each with the error that ends with it."""
    errors = [kind for kind in _tree(EdgefleetError) if kind.__module__ == "edgefleet.errors"]
    meaning = {int(kind.exit_code): _sentence(kind.__doc__) for kind in reversed(errors)}
    meaning[ExitCode.OK] = "Done, healthy, in sync."
    rows = [(str(int(code)), meaning[code]) for code in ExitCode]
    return _page(
        "Exit codes",
        "Every command ends with one of these, and with one message on stderr: what is wrong and "
        "where, then what to do now. Closing stdout (`| head`) neither stops a command nor "
        "changes its exit code. Ctrl-C, SIGTERM and SIGHUP end a run with 130; with `nohup`, "
        "SIGHUP does not.",
        _table(("code", "means"), rows),
    )


def record_page() -> str:
    """Return what each field of a deployment record holds."""
    words = [("action", Action), ("status", Status), ("phase", Phase)]
    lists = "\n".join(
        f"- `{name}`: {', '.join(f'`{one}`' for one in kind)}" for name, kind in words
    )
    return _page(
        "The deployment record",
        "One JSON file for each deploy, `deployments/<tenant>-<environment>-<UTC timestamp>.json`. "
        "It is written first as `in_progress` and replaced atomically at each step, so that a "
        "reader never sees half a file. No secret is ever in it.",
        _table(("field", "holds"), _fields(Record)) + "\n\n" + lists,
    )


def fleet_record_page() -> str:
    """Return what each field of the record of a run over a fleet holds."""
    parts = [_table(("field", "holds"), _fields(FleetRecord))]
    for name, model in (("conduct", FleetOptions), ("members", TargetResult)):
        parts.append(f"## {name}\n\n{_table(('field', 'holds'), _fields(model))}")
    parts.append(f"- `outcome`: {', '.join(f'`{one}`' for one in Outcome)}")
    return _page(
        "The record of a run over a fleet",
        "One JSON file for each `deploy-all`, and each rollback of many tenants: "
        "`deployments/fleet-<environment>-<UTC timestamp>.json`. `deploy-all --resume` does what "
        "it says is left. Each target also has [its record](deployment-record.md).",
        "\n\n".join(parts),
    )


def output_page() -> str:
    """Return what each command prints with `--format json`, with links into the schema."""
    rows = [(f"`{command}`", f"[`#/$defs/{command}`](output.schema.json)") for command in OUTPUTS]
    return _page(
        "JSON output",
        "With `--format json` a command prints one JSON document on stdout, and words for people "
        "on stderr. Keys are in snake_case; `schema_version` is that of the form. A deploy or a "
        "rollback that fails prints its record, whose `error` says why. Commands on several "
        "targets print an entry for each, also for one that edgefleet could not look at: it has "
        '`error`, and `state` is `unknown`. Every other failure prints `{"schema_version": 1, '
        '"error": {"code", "message", "hint", "exit_code"}}`. `matrix` prints the form that GitHub '
        "takes; `dev` and `tail` print "
        "what wrangler prints.",
        _table(("command", "prints"), rows),
    )


def command_page(group: click.Group, commands: Iterable[tuple[str, click.Command]]) -> str:
    """Return the help of every command of a group, as it is printed; each comes with its words."""
    parts = []
    for name, command in commands:
        shown = command.get_help(_context(command, group, name))
        parts.append(f"## {name}\n\n```text\n{shown}\n```")
    return _page("The command line", "What `edgefleet COMMAND --help` prints.", "\n\n".join(parts))


def _context(
    command: click.Command, group: click.Group | None = None, name: str | None = None
) -> click.Context:
    """Return what a command's help is printed in: the same width on every terminal."""
    parent = _context(group) if group else None
    return click.Context(
        command,
        parent=parent,
        info_name=name or command.name,
        terminal_width=COLUMNS,
        max_content_width=COLUMNS,
        help_option_names=HELP_OPTIONS,
    )


def _tree(kind: type[EdgefleetError]) -> list[type[EdgefleetError]]:
    return [kind, *(one for child in kind.__subclasses__() for one in _tree(child))]


def _fields(model: type[Model]) -> list[tuple[str, str]]:
    return [(f"`{name}`", field.description or "") for name, field in model.model_fields.items()]


def _sentence(text: str | None) -> str:
    return " ".join((text or "").strip().split("\n\n")[0].split())


def _table(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [headings, ["---"] * len(headings), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _page(title: str, opening: str, body: str) -> str:
    return f"{NOTE}\n\n# {title}\n\n{opening}\n\n{body}\n"
