"""Turn problems into findings: with line and column, in order, without secrets."""

from collections.abc import Callable, Iterable, Mapping

from edgefleet.config.reading import positions, toml
from edgefleet.config.reading.positions import PositionFinder, Positions
from edgefleet.config.reading.rule import Finding, Problem


def locate(
    problems: Iterable[Problem], texts: Mapping[str, str], redact: Callable[[str], str]
) -> tuple[Finding, ...]:
    """Return the findings in the order of files and lines, each once.

    `texts` has the text of each file that a problem is in; `redact` takes secrets out of messages.
    """
    locators: dict[str, PositionFinder] = {}
    findings: dict[Finding, None] = {}
    for problem in problems:
        file = problem.file
        if file not in locators:
            locators[file] = PositionFinder(texts.get(file, ""), _index_of(file))
        line, column = locators[file].line_and_column(problem.place)
        finding = Finding(
            path=_printable(file),
            line=line,
            column=column,
            code=problem.rule.code,
            message=_printable(redact(problem.message)),
            action=_printable(redact(problem.action)),
            severity=problem.severity,
        )
        # Two environments may inherit one mistake.
        findings.setdefault(finding)
    return tuple(sorted(findings, key=lambda each: (each.path, each.line, each.column, each.code)))


def _printable(text: str) -> str:
    """Write what a terminal would obey or not print (controls, line ends) as escapes."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in text)


def _index_of(file: str) -> Callable[[str], Positions]:
    return toml.index if file.endswith(".toml") else positions.index
