"""The GitHub issue about targets at which no drift check succeeded."""

from collections.abc import Sequence

from edgefleet.core.output.markdown import fenced

MARK = "<!-- edgefleet drift: no look -->"


def unseen_title(unseen: Sequence[str]) -> str:
    """Return the title; `unseen` is empty where not even the targets are known."""
    if not unseen:
        return "Drift: no target was looked at"
    return f"Drift: no look at {len(unseen)} target{'' if len(unseen) == 1 else 's'}"


def unseen_body(unseen: Sequence[str], run: str, workflow: str = "drift.yml") -> str:
    """Return the body: which targets, and what to do; `workflow` is the file that looks again."""
    names = fenced("\n".join(unseen)) if unseen else "The choice of targets failed already."
    return f"""{MARK}

What runs there may be what was deployed, or not: no look at it succeeded.

{names}

- The jobs of {run} say why, and what to do
- Often a token expired: `gh secret set CLOUDFLARE_API_TOKEN --env TENANT-ENVIRONMENT-readonly`
- Look again: `gh workflow run {workflow}`

This text is written again after each look of the schedule, so write into comments; the issue is
closed when every target is looked at."""


def unseen_closing(run: str) -> str:
    """Return what is said when the issue is closed."""
    return f"Every target is looked at again, says {run}."
