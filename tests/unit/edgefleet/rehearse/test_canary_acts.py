"""Canaries of a rehearsal: what proves them, and when there are none."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, cast

import pytest

from edgefleet.cloudflare.worker.bundle import Bundle, Module
from edgefleet.config.target import STAGING, Target
from edgefleet.deploy.canaries.verdicts import CanaryWorse
from edgefleet.rehearse.bundles import JAVASCRIPT
from edgefleet.rehearse.canary_acts import goes_bad, no_canary
from edgefleet.rehearse.models import Availability
from edgefleet.rehearse.stage import RehearsalCommands

HERO = Target(tenant="alder", environment=STAGING)
MAIN = Module(name="index.js", content_type=JAVASCRIPT, content=b"export default {};")
CODE = Bundle(main_module="index.js", builder="a test", modules=(MAIN,))
ASSETS = Bundle(main_module=None, builder="a test", modules=())


class Quiet:
    """Takes what would be printed."""

    def say(self, _: str) -> None:
        pass


class Seen:
    """A visitor who saw this."""

    def __init__(self, versions: dict[str, int], failures: dict[str, int]) -> None:
        self._seen = Availability(versions=versions, failures=failures)

    def ask(self) -> None:
        pass

    def visits(self) -> Availability:
        return self._seen


def stage(*visits: Seen, restores: bool = True, **changes: Any) -> RehearsalCommands:
    """Return a stage whose canary is bad, and whose visitors see one thing after another."""
    left = iter(visits)

    @contextmanager
    def come(_target: Target, _url: str) -> Iterator[Seen]:
        yield next(left)

    def canary(_target: Target, _bundle: Bundle) -> None:
        if restores:
            raise CanaryWorse("the new version was worse")

    names = RehearsalCommands.__dataclass_fields__
    made = RehearsalCommands(**dict.fromkeys(names, cast("Any", None)))
    known: dict[str, Any] = {"bundle": CODE, "visitor": come, "canary": canary}
    return replace(made, **{**known, "progress": Quiet(), "counts": lambda _: 9, **changes})


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({}, ""),
        ({"visitor": None}, "there is nothing to ask"),
        ({"bundle": ASSETS}, "static assets alone"),
        ({"counts": lambda _: 0}, "none of its requests reaches the code"),
    ],
    ids=["shown", "no HTTP", "no code", "assets answer"],
)
def test_a_canary_needs_code_that_answers(changes: dict[str, Any], why: str) -> None:
    found = no_canary(stage(**changes), HERO)
    assert found == "" if not why else why in found


@pytest.mark.parametrize(
    ("during", "afterwards", "restores", "words"),
    [
        (Seen({"a": 90, "b": 5}, {"500": 5}), Seen({"a": 10}, {}), True, "5 of 100 answers"),
        (Seen({"a": 90, "b": 5}, {"500": 5}), Seen({"a": 9}, {"500": 1}), True, ""),
        (Seen({"a": 90, "b": 5}, {"500": 5}), Seen({"a": 5, "b": 5}, {}), True, ""),
        (Seen({"a": 90}, {}), Seen({"a": 10}, {}), True, ""),
        (Seen({"b": 90}, {"500": 5}), Seen({"b": 10}, {}), False, ""),
    ],
    ids=["restored", "fails since", "serves since", "had no traffic", "went through"],
)
def test_a_bad_canary_must_be_gone(
    during: Seen, afterwards: Seen, restores: bool, words: str
) -> None:
    given = stage(during, afterwards, restores=restores)
    assert given.visitor
    good, said = goes_bad(given, HERO, "http://worker.example", given.visitor)
    assert good is bool(words)
    assert words in said
