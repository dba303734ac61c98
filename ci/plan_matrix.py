"""Choose the targets of a run and hand them on as GitHub matrices, before a runner starts for any.

It needs no token of Cloudflare: it reads the tenants' files, git, and (with GITHUB_TOKEN) which
commit is live in each of GitHub's environments. Outputs: `matrix` and `count`,
what to work on; `plans` and `plan_count`, those whose plan is shown by a job of its own; `shards`
and `shard_count`, where a runner works on many targets; and in few bytes (handed_on.py) `targets`,
whichever way it goes, with those that nobody can look at, and `aside`, what is left alone, and why.
"""

import argparse
import json
import os
import sys
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

from chosen import (
    DEPLOY,
    DRIFT,
    HELD,
    ROLLBACK,
    Chosen,
    asked_for,
    choose,
    environments_of,
    held,
    no_environment,
)
from edgefleet.errors import ExitCode, UsageError
from edgefleet.model.target import Target
from edgefleet.ports.git import changed_since
from edgefleet.ports.github import GitHub, github_of
from edgefleet.rules.github_environments import READONLY
from handed_on import aside_text, targets_text
from steps import add_summary, annotate, ended, run_edgefleet, set_output

LARGEST_MATRIX = 256
"""Jobs in a matrix: https://docs.github.com/actions/reference/limits"""

SHARD_SECONDS = "600"
"""About how long a runner deploys its shard, one target after another."""


def main(argv: Sequence[str] | None = None) -> int:
    """Set the step's outputs; return an exit code of edgefleet's."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--for", dest="work", choices=(DEPLOY, ROLLBACK, DRIFT), required=True)
    parser.add_argument("--environment", required=True, help="staging, production, or all")
    parser.add_argument("--tenants", required=True, help="names, globs, ring:N, tag:T, or all")
    parser.add_argument(
        "--force", type=_boolean, default=False, help="what did not change is not dropped"
    )
    parser.add_argument("--shards", type=_boolean, default=False, help="many targets a runner")
    parser.add_argument(
        "--dry-run", type=_boolean, default=False, help="plans are all that is asked"
    )
    options = parser.parse_args(argv)
    return ended(lambda: _run(options))


def _run(options: argparse.Namespace) -> None:
    root = Path.cwd()
    targets = asked_for(root, options.tenants, options.environment)
    github = github_of(os.environ) if os.environ.get("GITHUB_TOKEN") else None
    if github is None:
        annotate(
            "notice", "targets", "no GITHUB_TOKEN: GitHub is not asked what exists and is live"
        )
    # Whatever is forced: the same word goes to all targets of a run.
    holds = list(held(root, targets)) if options.work == DEPLOY else []
    staying = {one.target for one in holds}
    moving = [target for target in targets if target not in staying]
    many = (options.shards and moving) or len(moving) > LARGEST_MATRIX
    if options.work == DEPLOY and many:
        chosen = Chosen(moving, shards=packed(moving, github))
    else:
        chosen = choose(moving, github, options, partial(changed_since, root))
        _check_size(chosen)
    chosen = replace(chosen, aside=[*holds, *chosen.aside])
    for one in chosen.aside:
        level = "notice" if one.outcome == HELD else "warning"
        annotate(level, str(one.target), f"{one.outcome}: {one.why}")
    _hand_on(chosen, READONLY if options.work == DRIFT else "")
    add_summary(told(chosen, options.work))


def _check_size(chosen: Chosen) -> None:
    if len(chosen.targets) > LARGEST_MATRIX:
        raise UsageError(
            f"{len(chosen.targets)} targets are more than the {LARGEST_MATRIX} jobs of a matrix",
            hint="name fewer tenants",
        )


def _hand_on(chosen: Chosen, suffix: str) -> None:
    alone = [] if chosen.shards else chosen.targets
    outputs = {
        "targets": targets_text([*chosen.targets, *chosen.unseen]),
        "aside": aside_text(chosen.aside),
        "matrix": matrix(alone, suffix),
        "count": str(len(alone)),
        "plans": matrix(chosen.plans, READONLY),
        "plan_count": str(len(chosen.plans)),
        "shards": json.dumps({"include": chosen.shards}),
        "shard_count": str(len(chosen.shards)),
    }
    for name, value in outputs.items():
        set_output(name, value)


def packed(targets: Sequence[Target], github: GitHub | None) -> list[dict[str, object]]:
    """Return shards of these targets, for runners in the environment `fleet-<environment>`.

    What is live there is not asked: at two requests a target that would use up the token.
    """
    environment = targets[0].environment
    home = f"fleet-{environment}"
    if github and home not in environments_of(github):
        raise no_environment([home])
    tenants = ",".join(target.tenant for target in targets)
    chosen = ("--env", environment, "--only", tenants)
    code, out = run_edgefleet("matrix", *chosen, "--shard-seconds", SHARD_SECONDS)
    if code != ExitCode.OK:
        raise UsageError("edgefleet matrix failed", hint="its message stands above")
    entries: list[dict[str, object]] = json.loads(out)
    return [{**entry, "github_environment": home} for entry in entries]


def matrix(targets: Sequence[Target], suffix: str = "") -> str:
    """Return a matrix of these targets, with the GitHub environment of each."""
    return json.dumps(
        {
            "include": [
                {
                    "tenant": one.tenant,
                    "environment": one.environment,
                    "target": str(one),
                    "github_environment": f"{one}{suffix}",
                }
                for one in targets
            ]
        }
    )


def told(chosen: Chosen, work: str) -> str:
    """Return what was chosen, for the page of the run."""
    shards = f" in {len(chosen.shards)} shards" if chosen.shards else ""
    lines = [f"### {work}: {len(chosen.targets)} targets{shards}", ""]
    lines += [f"- {one}" for one in chosen.targets if not chosen.shards]
    lines += [f"- {one}: nothing changed since the commit that is live" for one in chosen.dropped]
    lines += [f"- {one.target}: {one.outcome}: {one.why}" for one in chosen.aside]
    if not chosen.targets and not chosen.plans:
        hint = " `force` deploys all the same." if chosen.dropped else ""
        lines += ["", f"Nothing to do.{hint}"]
    return "\n".join(lines)


def _boolean(word: str) -> bool:
    """Return what an input of type boolean says."""
    if word not in {"true", "false"}:
        raise argparse.ArgumentTypeError(f"'{word}' is neither true nor false")
    return word == "true"


if __name__ == "__main__":
    sys.exit(main())
