"""Spare checks of what most tenants have from the Worker's own wrangler file, unchanged."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TypeAlias

from edgefleet.config.reading.rule import Problem
from edgefleet.config.reading.views import TargetView
from edgefleet.config.target import Environment

TargetCheck: TypeAlias = Callable[[TargetView], Iterable[Problem]]

ALL: Sequence[str] = ()
"""Stands for every key of a target, and for its tenant's settings."""


class CleanSections:
    """Which checks found nothing wrong with an environment of the Worker's own file.

    For one run over tenants of one fleet. A check that looks only at sections which a tenant has
    from that file would find nothing again.
    """

    def __init__(self) -> None:
        self._clean: dict[Environment, set[TargetCheck]] = {}

    def run(
        self, checks: Mapping[TargetCheck, Sequence[str]], target: TargetView
    ) -> Iterator[Problem]:
        """Run those checks of a target that may find something; each has the keys it looks at."""
        changed = target.changed
        clean = self._clean.setdefault(target.environment, set())
        for check, keys in checks.items():
            if changed is None or keys is ALL or not changed.isdisjoint(keys):
                yield from check(target)
            elif check not in clean:
                found = list(check(target))
                yield from found
                if not found:
                    clean.add(check)
