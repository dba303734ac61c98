"""The GitHub issue about a workflow whose runs fail and that no person started."""

from edgefleet.core.output.markdown import fenced
from edgefleet.github.models import UnwatchedRun


def unwatched_mark(workflow: str) -> str:
    """Return the comment, invisible to readers, that the issue of a workflow begins with."""
    return f"<!-- edgefleet unwatched: {workflow} -->"


def unwatched_title(run: UnwatchedRun) -> str:
    """Return the title."""
    return f"Workflow {run.name} ended as {run.conclusion}"


def unwatched_body(run: UnwatchedRun) -> str:
    """Return the body: which run, who started it, and what to do."""
    about = f"{run.display_title}\nstarted by {run.started_by}\ncommit {run.head_sha}"
    return f"""{unwatched_mark(run.name)}

No person started this run, so GitHub mailed no person that it ended as {run.conclusion}.

{fenced(about, 2_000)}

- The run: {run.html_url}
- Its log: `gh run view {run.id} --log-failed`
- Once more: `gh run rerun {run.id} --failed`

This text is written again after each such run, so write into comments; the issue is closed when one
ends well."""


def unwatched_closing(run: UnwatchedRun) -> str:
    """Return what is said when the issue is closed."""
    return f"A later run ended well: {run.html_url}"
