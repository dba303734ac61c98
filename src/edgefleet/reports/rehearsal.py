"""What a rehearsal shows at its end."""

import json
from collections.abc import Mapping

from edgefleet.model.rehearsal import Cell, Rehearsal
from edgefleet.reports.table import table

ACTS = ("act", "what", "", "seconds")
HEADINGS = ("tenant", "environment", "version", "health", "url")


def rehearsal_text(rehearsal: Rehearsal) -> str:
    """Return the acts, the grid of targets, and what each Worker answered."""
    acts = [
        (str(number), act.title, "proved" if act.proved else "NOT PROVED", f"{act.seconds:.1f}")
        for number, act in enumerate(rehearsal.acts, 1)
    ]
    parts = [table(ACTS, acts), table(HEADINGS, [_row(cell) for cell in rehearsal.grid])]
    for url, answer in rehearsal.answers.items():
        parts.append(f"GET {url}/health\n{json.dumps(answer, indent=2)}")
    return "\n\n".join(parts)


def next_steps(variables: Mapping[str, str], pid: int) -> str:
    """Return what to try on an embedded Cloudflare that was left up."""
    exports = "\n".join(f"  export {name}={value}" for name, value in variables.items())
    return f"""The embedded Cloudflare is still up (process {pid}). To work with it:
{exports}
  edgefleet health --tenant all --env staging
  edgefleet deploy --tenant NAME --env production
  kill {pid}    # when you are done"""


def _row(cell: Cell) -> tuple[str, ...]:
    name, environment = cell.target.tenant, str(cell.target.environment)
    if cell.health is None:
        return (name, environment, "-", "not deployed", "-")
    state = "healthy" if cell.health.healthy else f"unhealthy: {cell.health.reason}"
    return (name, environment, (cell.health.version_id or "-")[:8], state, cell.health.url)
