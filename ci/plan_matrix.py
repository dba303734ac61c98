"""Choose the targets of a run and hand them on as GitHub matrices, before a runner starts for any.

It needs no token of Cloudflare: it reads the tenants' files, git, and (with GITHUB_TOKEN) which
commit is live in each of GitHub's environments. What a deploy would refuse later is refused here,
before the gates. Outputs: `count`, how many jobs there are; `matrix`, what they work on, and for a
deploy `ring0` to `ring3`, the jobs of one ring after the other (waves.py), empty where there is no
such ring; for a rollback `builds`, whether it goes to a commit, of which it builds the bundle;
`plans` and `plan_count`, those whose plan is shown by a job of its own; `approval`, the environment
in which the run is approved, if there is one; and in few bytes (handed_on.py) `targets`, whichever
way it goes, with those that nobody can look at, and `aside`, what is left alone, and why.
"""

import argparse
import json
import os
import re
import sys
from collections.abc import Collection, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

from chosen import (
    DEPLOY,
    HELD,
    ROLLBACK,
    Chosen,
    approval_of,
    asked_for,
    choose,
    held,
    loaded,
    superseded,
)
from edgefleet.config.github_environments import READONLY, UNATTENDED
from edgefleet.config.target import Environment, Target
from edgefleet.core.git import changed_since
from edgefleet.core.ids import UUID
from edgefleet.errors import UsageError
from edgefleet.github.repository import GitHub, github_of
from handed_on import aside_text, targets_text
from own_records import refuse_tracked_records
from proofs import Proofs
from require_promotion import all_tenants, require_proved, require_reason
from steps import add_summary, annotate, ended, set_output
from waves import DRY_RUN, LARGEST_MATRIX, RINGS, by_ring, packed, single

VERSION = re.compile(rf"previous|{UUID}", re.IGNORECASE)
"""Where a rollback goes that builds nothing."""


def main(argv: Sequence[str] | None = None) -> int:
    """Set the step's outputs; return an exit code of edgefleet's."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--for", dest="work", choices=(DEPLOY, ROLLBACK), required=True)
    parser.add_argument("--environment", required=True, help="staging, production, or all")
    parser.add_argument("--tenants", required=True, help="names, globs, ring:N, tag:T, or all")
    parser.add_argument(
        "--force", type=_boolean, default=False, help="what did not change is not dropped"
    )
    parser.add_argument("--shards", type=_boolean, default=False, help="many targets a runner")
    parser.add_argument(
        "--dry-run", type=_boolean, default=False, help="plans are all that is asked"
    )
    parser.add_argument("--skip", type=_boolean, default=False, help="go without staging's proof")
    parser.add_argument("--reason", default="", help="why")
    parser.add_argument("--to", default="previous", help="where a rollback goes")
    parser.add_argument("--commit", default="", help="the commit that is meant [default: any]")
    options = parser.parse_args(argv)
    return ended(lambda: _run(options))


def _run(options: argparse.Namespace) -> None:
    root = Path.cwd()
    if options.work == DEPLOY:
        refuse_tracked_records(root)
        if passed := superseded(root, options.commit, os.environ.get("GITHUB_SHA", "")):
            annotate("notice", "superseded", passed)
            _hand_on(Chosen([], superseded=passed), options)
            return
    targets = asked_for(root, options.tenants, options.environment)
    github = github_of(os.environ) if os.environ.get("GITHUB_TOKEN") else None
    if github is None:
        annotate(
            "notice", "targets", "no GITHUB_TOKEN: GitHub is not asked what exists and is live"
        )
    chosen = _chosen(root, targets, github, options)
    for one in chosen.aside:
        level = "notice" if one.outcome == HELD else "warning"
        annotate(level, str(one.target), f"{one.outcome}: {one.why}")
    for words in chosen.warnings:
        annotate("warning", "environments", words)
    if options.work == DEPLOY and chosen.targets and not options.dry_run:
        _refuse_unproved(root, chosen.targets, github, options)
    _hand_on(chosen, options)


def _chosen(
    root: Path, targets: Sequence[Target], github: GitHub | None, options: argparse.Namespace
) -> Chosen:
    if options.work != DEPLOY:
        chosen = choose(targets, github, options, partial(changed_since, root))
        _check_size(chosen)
        return chosen
    tenants = loaded(root, targets)
    rings = {tenant.name: tenant.config.ring for tenant in tenants}
    # Whatever is forced: the same word goes to all targets of a run.
    holds = list(held(root, targets, tenants))
    staying = {one.target for one in holds}
    moving = [target for target in targets if target not in staying]
    if (options.shards and moving) or len(moving) > LARGEST_MATRIX:
        waves = packed(by_ring(moving, rings), github, dry_run=options.dry_run)
        chosen = Chosen(moving, waves=waves, sharded=True)
    else:
        chosen = choose(moving, github, options, partial(changed_since, root))
        in_order = by_ring(chosen.targets, rings)
        job = DRY_RUN if options.dry_run else DEPLOY
        waves = [[single(one, job=job) for one in ring] for ring in in_order]
        chosen = replace(chosen, waves=waves)
    approval = approval_of(options.environment, github) if not options.dry_run else ""
    return replace(chosen, aside=[*holds, *chosen.aside], approval=approval)


def _refuse_unproved(
    root: Path, targets: Sequence[Target], github: GitHub | None, options: argparse.Namespace
) -> None:
    """Refuse before the gates what the job `promotion` would refuse after them."""
    if targets[0].environment is not Environment.PRODUCTION:
        return
    if options.skip:
        require_reason(options.reason)
    elif github is not None:
        proofs = Proofs(github, os.environ.get("GITHUB_SHA", ""), all_tenants(root))
        require_proved(proofs, [target.tenant for target in targets], None)


def _check_size(chosen: Chosen) -> None:
    if len(chosen.targets) > LARGEST_MATRIX:
        raise UsageError(
            f"{len(chosen.targets)} targets are more than the {LARGEST_MATRIX} jobs of a matrix",
            hint="name fewer tenants",
        )


def _hand_on(chosen: Chosen, options: argparse.Namespace) -> None:
    suffix = UNATTENDED if options.work == ROLLBACK else ""
    alone = [] if chosen.sharded else chosen.targets
    waves = [*chosen.waves, *[()] * RINGS][:RINGS]
    outputs = {
        "targets": targets_text([*chosen.targets, *chosen.unseen]),
        "aside": aside_text(chosen.aside),
        "matrix": matrix(alone, suffix, options.work, chosen.attended),
        "count": str(sum(map(len, chosen.waves)) if chosen.waves else len(alone)),
        "plans": matrix(chosen.plans, READONLY, "plan"),
        "plan_count": str(len(chosen.plans)),
        "approval": chosen.approval,
    }
    if options.work == ROLLBACK:
        outputs["builds"] = "false" if VERSION.fullmatch(options.to) else "true"
    if options.work == DEPLOY:
        outputs |= {"matrix": ""}
        for number, wave in enumerate(waves):
            outputs[f"ring{number}"] = json.dumps({"include": list(wave)}) if wave else ""
    for name, value in outputs.items():
        set_output(name, value)
    add_summary(told(chosen, options.work))


def matrix(
    targets: Sequence[Target],
    suffix: str = "",
    job: str = DEPLOY,
    attended: Collection[Target] = (),
) -> str:
    """Return a matrix of these targets, with the GitHub environment of each.

    `attended` have no environment with the suffix, and use their own.
    """
    entries = [single(one, "" if one in attended else suffix, job) for one in targets]
    return json.dumps({"include": entries})


def told(chosen: Chosen, work: str) -> str:
    """Return what was chosen, for the page of the run."""
    if chosen.superseded:
        return f"### superseded\n\n{chosen.superseded}"
    jobs = sum(map(len, chosen.waves))
    shards = f" in {jobs} shards" if chosen.sharded else ""
    lines = [f"### {work}: {len(chosen.targets)} targets{shards}", ""]
    if len(chosen.waves) > 1:
        lines += [f"In {len(chosen.waves)} rings: each begins when the one before is done.", ""]
    lines += [f"- {one}" for one in chosen.targets if not chosen.sharded]
    lines += [f"- {one}: nothing changed since the commit that is live" for one in chosen.dropped]
    lines += [f"- {one.target}: {one.outcome}: {one.why}" for one in chosen.aside]
    lines += [f"- warning: {words}" for words in chosen.warnings]
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
