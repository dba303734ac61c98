"""Spare checks of what most tenants have from the Worker's own wrangler file, unchanged."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TypeAlias

from edgefleet.config.reading.rule import Problem
from edgefleet.config.reading.views import TargetView
from edgefleet.config.target import Environment

TargetCheck: TypeAlias = Callable[[TargetView], Iterable[Problem]]
Kind: TypeAlias = tuple[Environment, frozenset[str] | None]

ALL: Sequence[str] = ()
"""Stands for every key of a target, and for its tenant's settings."""


class CleanSections:
    """Which checks are left for each kind of target: of one environment, with the same changes.

    For one run over tenants of one fleet. A check that looks only at sections which a tenant has
    from the Worker's file, and that found nothing in them, would find nothing again.
    """

    def __init__(self) -> None:
        self._left: dict[Kind, Sequence[TargetCheck]] = {}

    def run(self, checks: Mapping[TargetCheck, Sequence[str]], target: TargetView) -> list[Problem]:
        """Run those checks of a target that may find something; each has the keys it looks at."""
        kind = target.environment, target.changed
        known = self._left.get(kind)
        if known is not None:
            return [problem for check in known for problem in check(target)]
        found = {check: list(check(target)) for check in checks}
        self._left[kind] = [
            check
            for check, keys in checks.items()
            if found[check] or _may_differ(target.changed, keys)
        ]
        return [problem for problems in found.values() for problem in problems]


def _may_differ(changed: frozenset[str] | None, keys: Sequence[str]) -> bool:
    return changed is None or keys is ALL or not changed.isdisjoint(keys)
