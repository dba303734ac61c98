"""A history, for people and for programs."""

from collections.abc import Iterator, Sequence

from edgefleet.config.target import Target, target_entry
from edgefleet.core.ids import short_id
from edgefleet.core.model import Json
from edgefleet.core.output.table import table
from edgefleet.history.models import HistoryEntry

HEADINGS = (
    "when (UTC)",
    "target",
    "action",
    "result",
    "proof",
    "version",
    "commit",
    "s",
    "who",
    "why",
)
NOTHING = "-"
LONGEST_WHY = 80


def history_text(entries: Sequence[HistoryEntry], width: int | None = None) -> str:
    """Return a table, an entry a line, at most so wide as the terminal."""
    if not entries:
        return "nothing is known of any deploy"
    return table(HEADINGS, [_row(entry) for entry in entries], width)


def history_footer(
    shown: Sequence[HistoryEntry], known: Sequence[HistoryEntry], *, whole: bool
) -> Iterator[str]:
    """Yield what the table does not say; counts are of all entries that are known."""
    for one in known:
        if one.under_way:
            target = f"{one.tenant}-{one.environment}"
            yield f"{target} has a canary under way: {one.under_way.words}"
            yield f"  next: {one.under_way.next}"
    if len(shown) < len(known) or not whole:
        more = "" if whole else "more than "
        yield f"{len(shown)} of {more}{len(known)} entries are shown (--limit)"
    elsewhere = sum(not one.recorded and one.action is not None for one in known)
    if elsewhere:
        yield f"{elsewhere} made by edgefleet elsewhere: no record in deployments/ tells of them"
    unrecorded = sum(not one.recorded and one.action is None for one in known)
    if unrecorded:
        yield f"{unrecorded} unrecorded: edgefleet did not make them"


def history_json(entries: Sequence[HistoryEntry]) -> list[dict[str, Json]]:
    """Return all entries as a JSON value."""
    return [
        target_entry(
            Target(tenant=one.tenant, environment=one.environment), one.model_dump(mode="json")
        )
        for one in entries
    ]


def _row(entry: HistoryEntry) -> list[str]:
    return [
        f"{entry.when:%Y-%m-%d %H:%M:%S}",
        f"{entry.tenant}-{entry.environment}",
        entry.action or "unrecorded",
        entry.result or NOTHING,
        entry.proof or NOTHING,
        short_id(entry.version_id, NOTHING),
        _commit(entry),
        NOTHING if entry.seconds is None else f"{entry.seconds:.1f}",
        _line(entry.who or NOTHING),
        _line(_why(entry)),
    ]


def _commit(entry: HistoryEntry) -> str:
    if entry.commit is None:
        return NOTHING
    return short_id(entry.commit) + ("-dirty" if entry.dirty else "")


def _why(entry: HistoryEntry) -> str:
    if entry.action or entry.source is None:
        return entry.why or ""
    return f"{entry.source}: {entry.why}" if entry.why else entry.source


def _line(text: str) -> str:
    """Return a text as one short line: others wrote it, and a terminal obeys what is in it."""
    words = " ".join(text.split())
    shown = "".join(letter for letter in words if letter.isprintable())
    return shown if len(shown) <= LONGEST_WHY else f"{shown[: LONGEST_WHY - 3]}..."
