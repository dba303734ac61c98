"""Choose the targets of a run and hand them on as GitHub matrices, before a runner starts for any.

It needs no token of Cloudflare: it reads the tenants' files, git, and (with GITHUB_TOKEN) which
commit is live in each of GitHub's environments. Outputs: `matrix` and `count`,
what to work on; `plans` and `plan_count`, those whose plan is shown by a job of its own; `shards`
and `shard_count`, where a runner works on many targets; and `targets`, whichever way it goes.
"""

import argparse
import json
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from edgefleet.cli.ending import ended
from edgefleet.cli.options import EnvironmentType
from edgefleet.cli.select import ALL, select_tenants
from edgefleet.cli.wiring import Wiring
from edgefleet.errors import ExitCode, UsageError
from edgefleet.model.target import DEPLOYABLE, Environment, Target
from edgefleet.ports.git import changed_since
from edgefleet.ports.github import GitHub, github_of
from edgefleet.ports.origin import origin
from edgefleet.rules.holds import hold
from steps import add_summary, annotate, run_edgefleet, set_output

DEPLOY, ROLLBACK, DRIFT = "deploy", "rollback", "drift"
READONLY = "-readonly"
LARGEST_MATRIX = 256
"""Jobs in a matrix: https://docs.github.com/actions/reference/limits"""

SHARD_SECONDS = "600"
"""About how long a runner deploys its shard, one target after another."""

WORKER = ("src/worker", "package.json", "package-lock.json")
"""What decides the bundle; the rest of a target is its tenant's folder."""

Differs = Callable[[str, Sequence[str]], bool]
"""Whether any of some paths differs between a commit and the one that is checked out."""


@dataclass
class Chosen:
    """What a run works on."""

    targets: list[Target]
    dropped: list[Target] = field(default_factory=list)
    plans: list[Target] = field(default_factory=list)


def main(argv: Sequence[str] | None = None) -> int:
    """Set the step's outputs; return an exit code of edgefleet's."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--for", dest="work", choices=(DEPLOY, ROLLBACK, DRIFT), required=True)
    parser.add_argument("--environment", required=True, help="staging, production, or all")
    parser.add_argument("--tenants", required=True, help="names, globs, ring:N, tag:T, or all")
    parser.add_argument("--force", type=_boolean, default=False, help="drop no target")
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
    held = holds(root, targets) if options.work == DEPLOY and not options.force else {}
    for target, words in held.items():
        annotate("notice", str(target), f"left alone: {words}")
    targets = [target for target in targets if target not in held]
    many = (options.shards and targets) or len(targets) > LARGEST_MATRIX
    if options.work == DEPLOY and many:
        _hand_on(Chosen(targets), "", packed(targets, github))
        return
    chosen = choose(targets, github, options, partial(changed_since, root))
    if len(chosen.targets) > LARGEST_MATRIX:
        raise UsageError(
            f"{len(chosen.targets)} targets are more than the {LARGEST_MATRIX} jobs of a matrix",
            hint="name fewer tenants",
        )
    _hand_on(chosen, READONLY if options.work == DRIFT else "", [])
    add_summary(told(chosen, options.work))


def _hand_on(chosen: Chosen, suffix: str, shards: Sequence[Mapping[str, object]]) -> None:
    alone = [] if shards else chosen.targets
    set_output("targets", matrix(chosen.targets, suffix))
    set_output("matrix", matrix(alone, suffix))
    set_output("count", str(len(alone)))
    set_output("plans", matrix(chosen.plans, READONLY))
    set_output("plan_count", str(len(chosen.plans)))
    set_output("shards", json.dumps({"include": shards}))
    set_output("shard_count", str(len(shards)))
    if shards:
        add_summary(f"### {len(chosen.targets)} targets in {len(shards)} shards")


def packed(targets: Sequence[Target], github: GitHub | None) -> list[dict[str, object]]:
    """Return shards of these targets, for runners in the environment `fleet-<environment>`.

    What is live there is not asked: at two requests a target that would use up the token.
    """
    environment = targets[0].environment
    home = f"fleet-{environment}"
    require_environments([home], github)
    tenants = ",".join(target.tenant for target in targets)
    chosen = ("--env", environment, "--only", tenants)
    code, out = run_edgefleet("matrix", *chosen, "--shard-seconds", SHARD_SECONDS)
    if code != ExitCode.OK:
        raise UsageError("edgefleet matrix failed", hint="its message stands above")
    entries: list[dict[str, object]] = json.loads(out)
    return [{**entry, "github_environment": home} for entry in entries]


def asked_for(root: Path, tenants: str, environment: str) -> list[Target]:
    """Return the targets that the inputs name; raises `UsageError` for one that does not exist."""
    if environment == ALL:
        environments: Sequence[Environment] = DEPLOYABLE
    else:
        environments = [EnvironmentType().convert(environment, None, None)]
    if not environments[0].deployable:
        raise UsageError("dev runs on a developer's machine and is never deployed")
    names = select_tenants(root, tenants)
    return [Target(tenant=name, environment=one) for name in names for one in environments]


def choose(
    targets: list[Target], github: GitHub | None, options: argparse.Namespace, differs: Differs
) -> Chosen:
    """Check the targets' environments at GitHub, and drop targets that have nothing to do."""
    if github is None:
        return Chosen(targets)
    wanted = READONLY if options.work == DRIFT else ""
    known = require_environments([f"{one}{wanted}" for one in targets], github)
    if options.work != DEPLOY:
        return Chosen(targets)
    dropped = [] if options.force else [one for one in targets if not changed(one, github, differs)]
    left = [one for one in targets if one not in dropped]
    plans = [one for one in left if f"{one}{READONLY}".casefold() in known]
    # Where the plan is all that is asked, the unprotected environment is enough.
    work = [one for one in left if one not in plans] if options.dry_run else left
    return Chosen(work, dropped, plans)


def holds(root: Path, targets: Sequence[Target]) -> dict[Target, str]:
    """Return the targets whose tenants are pinned or frozen, and in which words."""
    names = tuple(dict.fromkeys(target.tenant for target in targets))
    environments = tuple(dict.fromkeys(target.environment for target in targets))
    here, now = origin(root, os.environ), datetime.now(UTC)
    tenants = Wiring(root).tenants(names, environments)
    words = {tenant.name: hold(tenant.config, now, here) for tenant in tenants}
    return {target: said for target in targets if (said := words[target.tenant])}


def require_environments(names: Sequence[str], github: GitHub | None) -> frozenset[str]:
    """Return GitHub's environments, in lower case; raises `UsageError` where one is missing.

    GitHub would create it on first use: without reviewers, and without a secret.
    """
    if github is None:
        return frozenset()
    known = frozenset(name.casefold() for name in github.environments())
    missing = [name for name in names if name.casefold() not in known]
    if missing:
        raise UsageError(
            f"GitHub has no environment {', '.join(missing)}",
            hint="create it: python ci/bootstrap_environments.py",
        )
    return known


def changed(target: Target, github: GitHub, differs: Differs) -> bool:
    """Whether a target's files are not those of the commit that is live in its environment."""
    live = github.live_commit(str(target))
    return live is None or differs(live, (*WORKER, f"tenants/{target.tenant}"))


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
    lines = [f"### {work}: {len(chosen.targets)} targets", ""]
    lines += [f"- {one}" for one in chosen.targets]
    lines += [f"- {one}: nothing changed since the commit that is live" for one in chosen.dropped]
    if not chosen.targets and not chosen.plans:
        lines += ["", "Nothing to do. `force` deploys all the same."]
    return "\n".join(lines)


def _boolean(word: str) -> bool:
    """Return what an input of type boolean says."""
    if word not in {"true", "false"}:
        raise argparse.ArgumentTypeError(f"'{word}' is neither true nor false")
    return word == "true"


if __name__ == "__main__":
    sys.exit(main())
