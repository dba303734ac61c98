"""What `edgefleet drift --format json` wrote: read again, and written again."""

from collections.abc import Iterable, Sequence
from pathlib import Path

from pydantic import TypeAdapter

from edgefleet.config.target import Target
from edgefleet.core.foreign.file import read_foreign
from edgefleet.core.foreign.record import harmless
from edgefleet.core.redaction import known_secrets
from edgefleet.drift.models import Drift, UncheckedTarget
from edgefleet.errors import UsageError

BESIDE = ("tenant", "environment", "state")
"""Keys of an entry that only repeat its `target`, and whether anything is known of it."""

WRITE_IT = "write it: edgefleet drift --tenants all --env all --format json --output FILE"

_DRIFTS = TypeAdapter(tuple[Drift, ...])
_REPORT = TypeAdapter(tuple[Drift | UncheckedTarget, ...])


def read_drifts(paths: Iterable[Path]) -> tuple[Drift, ...]:
    """Return what was found, by target; of a folder, what is in its `drift*.json`, at any depth.

    A target that edgefleet could not look at is left out. Raises `UsageError` for what cannot be
    read, and for a target that is there twice.
    """
    found: dict[Target, Drift] = {}
    for file in (file for path in paths for file in _files(path)):
        for drift in _read(file):
            if drift.target in found:
                raise UsageError(
                    f"{file}: {drift.target} is in another report, too",
                    hint="give one report of each target",
                )
            found[drift.target] = drift
    return tuple(sorted(found.values(), key=lambda drift: str(drift.target)))


def read_unchecked(path: Path) -> tuple[UncheckedTarget, ...]:
    """Return the targets of one report that edgefleet could not look at; raises `UsageError`."""
    return tuple(one for one in _entries(path) if isinstance(one, UncheckedTarget))


def write_drifts(path: Path, drifts: Sequence[Drift]) -> None:
    """Write what `read_drifts` reads."""
    text = _DRIFTS.dump_json(tuple(drifts), indent=2).decode()
    path.write_text(f"{known_secrets(text)}\n", "utf-8")


def _files(path: Path) -> list[Path]:
    return sorted(path.rglob("drift*.json")) if path.is_dir() else [path]


def _without_names(report: object) -> object:
    """Leave out what names a target beside `target`: it is there for people's programs."""
    if not isinstance(report, list):
        return report
    return [
        {name: value for name, value in one.items() if name not in BESIDE}
        if isinstance(one, dict) and "target" in one
        else one
        for one in report
    ]


def _report(parsed: object) -> tuple[Drift | UncheckedTarget, ...]:
    return _REPORT.validate_python(_without_names(parsed))


def _read(file: Path) -> tuple[Drift, ...]:
    return tuple(harmless(one) for one in _entries(file) if isinstance(one, Drift))


def _entries(file: Path) -> tuple[Drift | UncheckedTarget, ...]:
    try:
        return read_foreign(file, _report, "report of drift", WRITE_IT)
    except OSError as error:
        raise UsageError(f"{file} cannot be read: {error.strerror}") from error
