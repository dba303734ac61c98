"""Probe the Workers of tenants in a step of a workflow, and show the result on the run's page.

It is `edgefleet health`, with a summary; exit codes are the same. Needs the tenant's token.
"""

import json
from collections.abc import Callable, Sequence

from edgefleet.actions.github_actions import add_summary, annotate, run_edgefleet
from edgefleet.core.ids import short_id
from edgefleet.core.output.markdown import markdown_link, markdown_table
from edgefleet.errors import ExitCode

Run = Callable[..., tuple[int, str]]
"""Runs edgefleet with these arguments -> its exit code, and what it wrote to stdout."""

HEADINGS = ("target", "health", "version", "proved", "seconds", "address")


def check(options: Sequence[str], run: Run = run_edgefleet) -> int:
    """Run the command and show what it found, a row for each target."""
    code, out = run("health", *options, "--format", "json")
    found = json.loads(out or "[]")
    rows = [
        (
            f"{one['tenant']}-{one['environment']}",
            _state(one),
            short_id(one["version_id"] or one.get("live_version_id"), "-"),
            one.get("proof") or "-",
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
