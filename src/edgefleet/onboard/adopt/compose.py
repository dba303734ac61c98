"""Write what a live Worker is into the texts of a tenant's files, beside what they say already."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from edgefleet.config.editing.edits import remove, set_value
from edgefleet.config.editing.file_edit import NEW_FILE
from edgefleet.config.environments import NON_INHERITABLE
from edgefleet.config.overlay.layers import Base, Layers, stands_alone
from edgefleet.config.overlay.over import over
from edgefleet.config.reading.rule import KeyPath
from edgefleet.config.reading.views import Document
from edgefleet.config.target import Target
from edgefleet.core.foreign.values import at
from edgefleet.core.model import Json
from edgefleet.onboard.adopt.models import Adopted, DraftedFile, LiveWorker, Unwritten
from edgefleet.onboard.adopt.settled import FORMS, settled

UNTOLD_ASSETS = (
    "Cloudflare does not tell which files they are: name their folder as assets.directory in the "
    "Worker's own wrangler file, and adopt again"
)
INHERITED = "the top level of the file says something else, which an environment inherits"
NULL_IN_OVERLAY = "it holds a null, which in an overlay takes a key away"


@dataclass(frozen=True, slots=True)
class SectionPlace:
    """The wrangler file that an environment is written to, and what it goes over."""

    target: Target
    document: Document
    """The tenant's own file; its text is empty where there is none."""
    base: Base | None
    main: str | None
    """The source file of a whole file, where there is no base to go over."""
    schema: str | None = None
    """Where editors find wrangler's schema, from the file; None where it is not installed."""

    @property
    def existing(self) -> Mapping[str, Json]:
        """What the file says now."""
        return self.document.keys

    @property
    def section(self) -> Json:
        """What it says of the environment."""
        return at(self.existing, "env", self.target.environment)


class Composed(NamedTuple):
    """The file, and what it could not say."""

    file: DraftedFile
    unwritten: tuple[Unwritten, ...] = ()


def wrangler_file(place: SectionPlace, adopted: Adopted, live: LiveWorker) -> Composed:
    """Return the tenant's wrangler file with a section for the environment that is adopted."""
    environment = place.target.environment
    top = _top(place, live)
    alone = place.base is None or stands_alone(place.existing)
    before = _resolved(place, {**top, "env": {environment: place.section or {}}}, live)
    above = _resolved(place, {**top, "env": {environment: {}}}, live)
    wanted = settled(before, adopted, live)
    if wanted != before:
        wanted = settled(_afresh(before, above), adopted, live)
    section = _own(above, wanted, alone=alone)
    _keep_directory(section, place.section)
    unwritten = _unsaid(place, {**top, "env": {environment: section}}, wanted, live)
    if live.has_assets and "assets" not in wanted:
        unwritten = (*unwritten, Unwritten(what="assets", why=UNTOLD_ASSETS))
    changes = wanted != before
    file = DraftedFile(
        path=place.document.file,
        before=place.document.text or None,
        after=_text(place, top, section if changes or place.section is None else None),
        replaces=changes and bool(place.section),
    )
    return Composed(file, unwritten)


def _afresh(before: Mapping[str, Json], above: Mapping[str, Json]) -> dict[str, Json]:
    """Return a configuration whose settings are those from above: then the least differs from it.

    Its bindings stay: beside their ids stands what only people know.
    """
    ours = {*FORMS, "route", "migrations"}
    kept = {key: value for key, value in before.items() if key not in ours}
    return kept | {key: value for key, value in above.items() if key in ours}


def _top(place: SectionPlace, live: LiveWorker) -> dict[str, Json]:
    """Return the file's top level: as it is, or that of a new file."""
    if place.document.text:
        return {key: value for key, value in place.existing.items() if key != "env"}
    stem = live.script.removesuffix(f"-{place.target.environment}")
    own = stem != live.script and _named(place, {}, live) != live.script
    top = {"$schema": place.schema} if place.schema else {}
    top |= {"name": stem} if own else {}
    if place.main is None:
        return top
    return {**top, "main": place.main, "account_id": live.account_id}


def _named(place: SectionPlace, keys: Mapping[str, Json], live: LiveWorker) -> Json:
    environment = place.target.environment
    return _resolved(place, {**keys, "env": {environment: {}}}, live)["name"]


def _resolved(place: SectionPlace, keys: Mapping[str, Json], live: LiveWorker) -> dict[str, Json]:
    layers = Layers.of(place.document.file, keys, place.base, live.account_id)
    return layers.resolve(place.target.environment)


def _own(above: Mapping[str, Json], wanted: Mapping[str, Json], *, alone: bool) -> dict[str, Json]:
    """Return what the section says: what differs from above it, or in a whole file its own keys."""
    if not alone:
        return over(above, wanted)
    return {
        key: value
        for key, value in wanted.items()
        if key in NON_INHERITABLE or key not in above or above[key] != value
    }


def _keep_directory(section: dict[str, Json], before: Json) -> None:
    """Keep the path of assets as the section has it: the resolved one begins elsewhere."""
    directory = at(before, "assets", "directory")
    if directory is not None and at(section, "assets", "directory") is not None:
        section["assets"] = {**section["assets"], "directory": directory}


def _unsaid(
    place: SectionPlace, keys: Mapping[str, Json], wanted: Mapping[str, Json], live: LiveWorker
) -> tuple[Unwritten, ...]:
    """Return where the files, written so, say something else than is wanted."""
    why = INHERITED if stands_alone(keys) else NULL_IN_OVERLAY
    found = _resolved(place, keys, live)
    paths = [path for path in _differing(wanted, found) if path != "vars"]
    named = _differing(wanted.get("vars") or {}, found.get("vars") or {})
    paths += [f"vars.{name}" for name in named]
    return tuple(Unwritten(what=path, why=why) for path in paths)


def _differing(one: Mapping[str, Json], other: Mapping[str, Json]) -> list[str]:
    return [
        key
        for key in {**one, **other}
        if one.keys() ^ other.keys() >= {key} or not _same(one.get(key), other.get(key))
    ]


def _same(one: Json, other: Json) -> bool:
    """Whether two values say the same: bindings that are merged may have another order."""
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        return one.keys() == other.keys() and all(_same(one[key], other[key]) for key in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(entry in other for entry in one)
    return bool(one == other)


def _text(place: SectionPlace, top: Mapping[str, Json], section: dict[str, Json] | None) -> str:
    text = place.document.text or _head(place) + NEW_FILE
    for key, value in top.items():
        text = set_value(text, (key,), value)
    if section is None:
        return text
    return _edited(text, ("env", place.target.environment), place.section, section)


def _edited(text: str, path: KeyPath, before: Json, after: Json) -> str:
    """Return a text with a value changed, key by key: comments between them stay."""
    if not (isinstance(before, Mapping) and isinstance(after, Mapping) and before):
        return set_value(text, path, after)
    for key in before:
        if key not in after:
            text = remove(text, (*path, key))
    for key, value in after.items():
        text = _edited(text, (*path, key), before.get(key), value)
    return text


def _head(place: SectionPlace) -> str:
    what = f": what differs from {place.base.file}" if place.base else ""
    return f"// The tenant {place.target.tenant}, adopted as it ran{what}.\n"
