"""Let production have only a bundle that staging proved, from the same commit.

The proof stands in GitHub's Deployments: a job of deploy.yml that ended well, in the environment
`<tenant>-staging`, of this commit, whose address ends in `#bundle=<digest>`, and that nobody went
back from since (ci/proofs.py).
"""

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from edgefleet.cli.tenant_selection import ALL, select_tenants
from edgefleet.core.ids import short_digest
from edgefleet.errors import UsageError
from edgefleet.github.repository import github_of
from handed_on import targets_in
from proofs import Proofs
from steps import add_summary, annotate, ended


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


def require_proved(proofs: Proofs, tenants: Sequence[str], digest: str | None) -> None:
    """Raise `UsageError` where staging did not prove this bundle for all; None: any bundle."""
    unproved = proofs.unproved(tenants, digest)
    if not unproved:
        return
    by_reason: dict[str, list[str]] = {}
    for name, why in unproved.items():
        by_reason.setdefault(why, []).append(name)
    told = "; ".join(f"{', '.join(names)}: {why}" for why, names in by_reason.items())
    what = f"sha256:{short_digest(digest)}" if digest else "any bundle"
    raise UsageError(
        f"staging has not proved {what} of commit {short_digest(proofs.commit)} for {told}",
        hint="deploy this commit to staging first: gh workflow run deploy.yml "
        "-f environment=staging -f tenants=all; in an emergency: skip_promotion_check",
    )


def require_reason(reason: str) -> None:
    """Raise `UsageError` where somebody skips the check without a reason."""
    if not reason.strip():
        raise UsageError("skip_promotion_check needs a reason", hint="fill in `reason`")


def all_tenants(root: Path) -> tuple[str, ...]:
    """Return the names of all tenants of the commit that is checked out, sorted."""
    return tuple(sorted(select_tenants(root, ALL)))


def _run(options: argparse.Namespace) -> None:
    if options.skip == "true":
        require_reason(options.reason)
        annotate("warning", "promotion", f"not checked: {options.reason}")
        return
    tenants = [target.tenant for target in targets_in(options.targets)]
    proofs = Proofs(github_of(os.environ), options.commit, all_tenants(Path.cwd()))
    require_proved(proofs, tenants, options.digest)
    add_summary(f"Staging proved `sha256:{options.digest}` for {', '.join(tenants)}.")


if __name__ == "__main__":
    sys.exit(main())
