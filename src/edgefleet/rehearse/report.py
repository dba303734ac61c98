"""What a rehearsal shows at its end."""

import json

from edgefleet.core.ids import short_id
from edgefleet.core.output.table import table
from edgefleet.rehearse.models import Cell, Rehearsal

ACTS = ("act", "what", "result", "seconds")
TARGETS = ("tenant", "environment", "version")
UP = ("health", "url")
GONE = ("health at the end",)
"""A URL that no longer answers is none to show."""


def rehearsal_text(rehearsal: Rehearsal, *, up: bool) -> str:
    """Return the acts, the grid of targets, and what each Worker answered.

    `up` says whether the Workers still answer.
    """
    acts = [
        (str(number), act.title, "proved" if act.proved else "NOT PROVED", f"{act.seconds:.1f}")
        for number, act in enumerate(rehearsal.acts, 1)
    ]
    headings = TARGETS + (UP if up else GONE)
    cells = [_row(cell)[: len(headings)] for cell in rehearsal.grid]
    parts = [table(ACTS, acts), *map("Left out: {}".format, rehearsal.left_out)]
    parts.append(table(headings, cells))
    method, _, path = (rehearsal.asked or "GET /").partition(" ")
    for url, answer in rehearsal.answers.items():
        asked = f"{method} {url}{path}" + ("" if up else " answered, while it was up:")
        parts.append(f"{asked}\n{json.dumps(answer, indent=2)}")
    return "\n\n".join(parts)


def next_steps(exports: str, pid: int, first: str, last: str) -> str:
    """Return what to try on an embedded Cloudflare that was left up.

    `first` and `last` are the environments that were deployed to.

    `exports` is the file of shell commands that set its addresses and its made-up tokens.
    """
    return f"""The embedded Cloudflare is still up (process {pid}). To work with it:
  source {exports}
  edgefleet health --tenants all --env {last} --smoke
  edgefleet history --tenants all --env {first}
  curl -H "localedge-token: $LOCALEDGE_TOKEN" $LOCALEDGE_CONTROLS/requests
  kill {pid}    # when you are done"""


def _row(cell: Cell) -> tuple[str, ...]:
    name, environment = cell.target.tenant, str(cell.target.environment)
    if cell.health is None:
        return (name, environment, "-", "not deployed", "-")
    state = "healthy" if cell.health.healthy else f"unhealthy: {cell.health.reason}"
    return (name, environment, short_id(cell.health.version_id, "-"), state, cell.health.url)
