"""Let production have only a bundle that staging proved, from the same commit.

The proof stands in GitHub's Deployments: a deploy job that ended well, in the environment
`<tenant>-staging`, of this commit, whose address ends in `#bundle=<digest>`.
"""

import argparse
import os
import sys
from collections.abc import Sequence

from edgefleet.cli.ending import ended
from edgefleet.errors import UsageError
from edgefleet.model.target import Environment, Target
from edgefleet.ports.github import GitHub, github_of
from handed_on import targets_in
from steps import add_summary, annotate


def main(argv: Sequence[str] | None = None) -> int:
    """Return 0 where every target may go to production; 2 otherwise."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--targets", required=True, help="as plan_matrix.py gives them")
    parser.add_argument("--digest", required=True, help="SHA-256 of the bundle")
    parser.add_argument("--commit", required=True)
    parser.add_argument("--skip", choices=("true", "false"), default="false")
    parser.add_argument("--reason", default="", help="why it is skipped")
    options = parser.parse_args(argv)
    return ended(lambda: _run(options))


def _run(options: argparse.Namespace) -> None:
    if options.skip == "true":
        if not options.reason.strip():
            raise UsageError("skip_promotion_check needs a reason", hint="fill in `reason`")
        annotate("warning", "promotion", f"not checked: {options.reason}")
        return
    tenants = [target.tenant for target in targets_in(options.targets)]
    unproved = missing(github_of(os.environ), tenants, options.commit, options.digest)
    if unproved:
        raise UsageError(
            f"staging has not proved sha256:{options.digest[:12]} of commit {options.commit[:12]} "
            f"for {', '.join(unproved)}",
            hint="deploy this commit to staging first; in an emergency: skip_promotion_check",
        )
    add_summary(f"Staging proved `sha256:{options.digest}` for {', '.join(tenants)}.")


def missing(github: GitHub, tenants: Sequence[str], commit: str, digest: str) -> list[str]:
    """Return the tenants whose staging did not prove this bundle of this commit.

    A whole shard that was deployed well proves it for all: its one deployment names no tenant.
    """
    if digest in github.proved_bundles(f"fleet-{Environment.STAGING}", commit):
        return []
    staging = [Target(tenant=name, environment=Environment.STAGING) for name in tenants]
    return [one.tenant for one in staging if digest not in github.proved_bundles(str(one), commit)]


if __name__ == "__main__":
    sys.exit(main())
