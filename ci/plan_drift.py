"""Choose the targets of a look for drift, and hand them on as GitHub matrices.

Outputs: `matrix` and `count`, a job for each target in its own environment; with --batches, and
beyond 256 targets in any case, `batches` and `batch_count`, many targets on a runner in
`fleet-<environment>-readonly`; and `targets` (handed_on.py), all that there are to be reports of. A
target whose environment would wait for a person or a timer gets no job: one such job would hold up
every later night.
"""

import argparse
import json
import os
import sys
from collections.abc import Iterator, Sequence
from itertools import groupby
from pathlib import Path

from chosen import DRIFT, Aside, asked_for, choose, environments_of, no_environment
from edgefleet.config.github_environments import READONLY
from edgefleet.config.target import Environment, Target
from edgefleet.github.environments import Environments
from edgefleet.github.repository import GitHub, github_of
from handed_on import targets_text
from steps import add_summary, annotate, ended, set_output

LARGEST_MATRIX = 256
"""Jobs in a matrix: https://docs.github.com/actions/reference/limits"""

BATCH = 100
"""Targets that one runner looks at, 16 at a time: about a minute besides its set-up."""

GUARDED = "guarded"
"""Why a target is left out whose environment has reviewers or a timer."""


def main(argv: Sequence[str] | None = None) -> int:
    """Set the step's outputs; return an exit code of edgefleet's."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--environment", required=True, help="staging, production, or all")
    parser.add_argument("--tenants", required=True, help="names, globs, ring:N, tag:T, or all")
    parser.add_argument("--batches", choices=("true", "false"), default="false")
    parser.set_defaults(work=DRIFT)
    options = parser.parse_args(argv)
    return ended(lambda: _run(options))


def _run(options: argparse.Namespace) -> None:
    targets = asked_for(Path.cwd(), options.tenants, options.environment)
    github = github_of(os.environ) if os.environ.get("GITHUB_TOKEN") else None
    waiting = Environments(github).waiting() if github else frozenset[str]()
    alone: Sequence[Target] = ()
    together: list[dict[str, object]] = []
    aside: list[Aside] = []
    if options.batches == "true" or len(targets) > LARGEST_MATRIX:
        together = list(batches(targets, github, waiting))
    else:
        chosen = choose(targets, github, options, _never_asked)
        alone, guarded = parted(chosen.targets, waiting)
        aside = [*chosen.aside, *guarded]
        targets = [*chosen.targets, *chosen.unseen]
    for one in aside:
        annotate("warning", str(one.target), f"{one.outcome}: {one.why}")
    outputs = {
        "targets": targets_text(targets),
        "matrix": json.dumps({"include": list(map(_entry, alone))}),
        "count": str(len(alone)),
        "batches": json.dumps({"include": together}),
        "batch_count": str(len(together)),
    }
    for name, value in outputs.items():
        set_output(name, value)
    add_summary(told(targets, together, aside))


def parted(targets: Sequence[Target], waiting: frozenset[str]) -> tuple[list[Target], list[Aside]]:
    """Return the targets that a job can look at now, and those whose environment is guarded."""
    why = f"its environment with {READONLY} has reviewers or a wait timer: take them away"
    guarded = [one for one in targets if f"{one}{READONLY}".casefold() in waiting]
    return (
        [one for one in targets if one not in guarded],
        [Aside(one, GUARDED, why) for one in guarded],
    )


def batches(
    targets: Sequence[Target], github: GitHub | None, waiting: frozenset[str]
) -> Iterator[dict[str, object]]:
    """Yield a job for many targets of one environment.

    Raises `UsageError` where GitHub has no environment for it, or a guarded one.
    """
    size = max(BATCH, -(-len(targets) // (LARGEST_MATRIX - len(Environment))))
    homes = {f"fleet-{one.environment}{READONLY}" for one in targets}
    known = environments_of(github) if github else homes
    if missing := sorted(home for home in homes if home not in known or home in waiting):
        raise no_environment(missing)
    in_order = sorted(targets, key=lambda one: one.environment)
    for environment, group in groupby(in_order, key=lambda one: one.environment):
        for number, part in enumerate(_parts(list(group), size), 1):
            yield {
                "environment": environment,
                "only": ",".join(one.tenant for one in part),
                "batch": number,
                "github_environment": f"fleet-{environment}{READONLY}",
            }


def told(
    targets: Sequence[Target], together: Sequence[dict[str, object]], aside: Sequence[Aside]
) -> str:
    """Return what was chosen, for the page of the run."""
    how = f" in {len(together)} batches" if together else ""
    lines = [f"### drift: {len(targets)} targets{how}", ""]
    lines += [f"- {one}" for one in targets if not together]
    lines += [f"- {one.target}: {one.outcome}: {one.why}" for one in aside]
    return "\n".join(lines)


def _parts(targets: Sequence[Target], size: int) -> Iterator[Sequence[Target]]:
    for start in range(0, len(targets), size):
        yield targets[start : start + size]


def _entry(target: Target) -> dict[str, str]:
    return {
        "tenant": target.tenant,
        "environment": target.environment,
        "target": str(target),
        "github_environment": f"{target}{READONLY}",
    }


def _never_asked(commit: str, paths: Sequence[str]) -> bool:
    """Stand for what deploys ask: whether a target changed since a commit."""
    raise AssertionError(commit, paths)


if __name__ == "__main__":
    sys.exit(main())
