"""Probe the Workers of tenants in a step of a workflow, and show the result on the run's page.

It is `edgefleet health`, with a summary; exit codes are the same. Needs the tenant's token.
"""

import argparse
import json
import sys
from collections.abc import Callable, Sequence

from edgefleet.core.ids import short_id
from edgefleet.core.output.markdown import markdown_link, markdown_table
from edgefleet.errors import ExitCode
from steps import add_summary, annotate, ended, run_edgefleet

Run = Callable[..., tuple[int, str]]
"""Runs edgefleet with these arguments -> its exit code, and what it wrote to stdout."""

HEADINGS = ("target", "health", "version", "seconds", "address")


def main(argv: Sequence[str] | None = None) -> int:
    """Probe; return 0 where every Worker is healthy."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tenant", required=True, help="a tenant, or all")
    parser.add_argument("--env", required=True, help="staging or production")
    parser.add_argument("--timeout", default="10", help="seconds for each Worker [default: 10]")
    parser.add_argument("--smoke", action="store_true", help="chat with each Worker too")
    given = parser.parse_args(argv)
    options = ["--tenants", given.tenant, "--env", given.env, "--timeout", given.timeout]
    return ended(lambda: check([*options, *["--smoke"] * given.smoke]))


def check(options: Sequence[str], run: Run = run_edgefleet) -> int:
    """Run the command and show what it found, a row for each target."""
    code, out = run("health", *options, "--format", "json")
    found = json.loads(out or "[]")
    rows = [
        (
            f"{one['tenant']}-{one['environment']}",
            _state(one),
            short_id(one["version_id"]),
            f"{one['seconds']:.2f}",
            markdown_link(one["url"], one["url"]),
        )
        for one in (found if isinstance(found, list) else [])  # else it is an error alone
        if "error" not in one  # the log says why it could not look
    ]
    add_summary(
        f"### Health\n\n{markdown_table(HEADINGS, rows)}" if rows else "### Health: unknown"
    )
    if code != ExitCode.OK:
        annotate("error", "health", f"exit {code}: the log of this step says more")
    return code


def _state(one: dict[str, object]) -> str:
    """Return one word, or why not."""
    smoke = one.get("smoke")
    failed = smoke["reason"] if isinstance(smoke, dict) and not smoke["passed"] else ""
    if not one["healthy"]:
        return "not deployed" if one["state"] == "not deployed" else f"unhealthy: {one['reason']}"
    return f"smoke test failed: {failed}" if failed else "healthy"


if __name__ == "__main__":
    sys.exit(main())
