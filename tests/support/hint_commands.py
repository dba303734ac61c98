"""Every command that the source names for a person, found in its text.

A hint is made of pieces: what an f-string puts in is `X`, and a command that is only put in is one
where an option follows it. Help, descriptions and generated pages are no hints.
"""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

import click

from edgefleet.cli.lazy_group import all_commands
from edgefleet.cli.main import edgefleet
from support.project import ROOT

SOURCES = ("src/edgefleet", "src/localedge", "ci")
NO_HINTS = (
    "ci/picture.py",
    "ci/workflow_",
    "src/edgefleet/reference/",
    "src/edgefleet/rehearse/",
    "src/localedge/wire/",
)
"""Generated pages and workflows; what a rehearsal prints, which it runs; Cloudflare's own words."""
NOT_PRINTED = {"description", "epilog", "example", "help", "short_help"}
"""Parameters whose texts are no hints."""
PUT_IN = {
    "as_selector": "--tenants X --env X",  # Target.as_selector
    "as_option": "--tenant X --env X",
}
COMMANDS = dict(all_commands(edgefleet))
NAMES = "|".join(sorted(COMMANDS, key=len, reverse=True))
TARGETS = "|".join(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), flags=re.MULTILINE))
WRANGLER = (
    "agent-memory namespace create|ai-search namespace create|d1 create|delete|"
    "dispatch-namespace create|kv namespace create|queues consumer (?:http|worker) remove|"
    "queues create|r2 bucket create|secret (?:list|put)|vectorize create|versions deploy|whoami|"
    "workflows delete"
)
GIT = (
    "add|checkout|commit(?= --)|config|fetch|init|ls-remote|push|remote (?:-v|add)|rev-parse|rm|"
    "show|status|tag(?= --)"
)
GH = "auth token|run (?:cancel|rerun|view)|secret (?:delete|set)|variable set|workflow (?:run|X)"
PROGRAMS = "|".join(
    (
        rf"edgefleet (?:{NAMES})(?![\w:-]| failed)",
        rf"(?:npx )?wrangler (?:{WRANGLER})(?![\w-])|npx wrangler X",
        rf"git (?:{GIT})(?![\w-])",
        rf"gh (?:{GH})",
        rf"make (?:{TARGETS})(?=['`]|$)",
        r"chmod(?= u)|corepack enable|curl(?= -)|df(?= -h)|export(?= X=)|kill(?= X)|ls(?= -ld)",
        r"mv(?= X)|npm install|printf(?= [%'])|rm(?:dir)?(?= X)|timedatectl",
        r"X(?= --[a-z])",
    )
)
WORD = r"[A-Z][^\s;,()'`\"]*|all|origin|u\+rwx|set-ntp|[^\s;,()'`\"]*[/.@=][^\s;,()'`\"]*"
VALUE = r"(?!&&)(?:'[^']*'|\"[^\"]*\"|(?!-)[^\s;()'`\"]+)"
COMMAND = re.compile(rf"(?<![\w./=-])(?:{PROGRAMS})(?: --?[A-Za-z-]+(?:[ =]{VALUE})?| (?:{WORD}))*")


def _needs_words(name: str, command: click.Command) -> bool:
    try:
        command.make_context(name, [], **edgefleet.context_settings)
    except click.UsageError:
        return True
    return False


IN_PROSE = {
    f"edgefleet {name}" for name, command in COMMANDS.items() if _needs_words(name, command)
}
"""Names of commands that do nothing without options."""


PROGRAM = re.compile(
    r"\} --[a-z]|\b(?:edgefleet|wrangler|git|gh|make|npm|chmod|corepack|curl|df|export|kill|ls|mv"
    r"|printf|rm|rmdir|timedatectl) "
)
"""Stands in each module that names a command."""


class Named(NamedTuple):
    """A command in a text of the source."""

    shape: str
    place: str
    """Its `file:line`."""


@cache
def named_commands() -> tuple[Named, ...]:
    """Return every command that the source names, in the order of files."""
    return tuple(
        Named(shape, f"{module.relative_to(ROOT)}:{line}")
        for source in SOURCES
        for module in sorted((ROOT / source).rglob("*.py"))
        if not str(module.relative_to(ROOT)).startswith(NO_HINTS)
        for line, text in texts(module)
        for shape in shapes(text)
    )


def hints() -> Iterator[Named]:
    """Yield each command, also the bare name of one, that stands where a hint is given."""
    for module in sorted((ROOT / "src/edgefleet").rglob("*.py")):
        place, source = str(module.relative_to(ROOT)), module.read_text()
        for node in ast.walk(ast.parse(source)) if "hint=" in source else ():
            if isinstance(node, ast.keyword) and node.arg == "hint":
                for line, text in _texts(node.value):
                    for match in COMMAND.finditer(text):
                        yield Named(match[0].rstrip(".,:"), f"{place}:{line}")


def shapes(text: str) -> Iterator[str]:
    """Yield each command of a text; the bare name of one that needs options is a word of prose."""
    for match in COMMAND.finditer(text):
        shape = match[0].rstrip(".,:")
        if shape not in IN_PROSE and shape not in (*PUT_IN.values(), "X --env X"):
            yield shape


def texts(module: Path) -> Iterator[tuple[int, str]]:
    """Yield each text that may be printed, with its line."""
    source = module.read_text()
    if PROGRAM.search(source):  # most modules name none, and to parse all takes seconds
        yield from _texts(ast.parse(source))


def _texts(tree: ast.AST) -> Iterator[tuple[int, str]]:
    unprinted: set[ast.AST] = set()
    nodes = list(ast.walk(tree))
    for node in nodes:
        if isinstance(node, ast.JoinedStr):
            unprinted |= set(node.values)
        elif isinstance(node, ast.Expr):
            unprinted.add(node.value)
        elif isinstance(node, ast.keyword) and node.arg in NOT_PRINTED:
            unprinted |= set(ast.walk(node.value))
        elif isinstance(node, ast.Call) and ast.unparse(node.func) == "sarif_log":
            unprinted |= set(ast.walk(node.args[0]))  # the name of the tool
    for node in nodes:
        if node in unprinted:
            continue
        if isinstance(node, ast.JoinedStr):
            yield node.lineno, "".join(_text(part) for part in node.values)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.lineno, node.value


def _text(part: ast.expr) -> str:
    if isinstance(part, ast.Constant):
        return str(part.value)
    assert isinstance(part, ast.FormattedValue)
    return PUT_IN.get(ast.unparse(part.value).rpartition(".")[2], "X")
