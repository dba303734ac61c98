"""Show a pull request the plans of its targets, in one comment that is kept up to date.

The plans are files that jobs left as artifacts, already cleaned; they quote what others wrote.
Needs GITHUB_TOKEN with `pull-requests: write`.
"""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path

from pydantic import ValidationError

from edgefleet.actions.github_actions import clean
from edgefleet.actions.jobs.outcomes import read_outcomes
from edgefleet.actions.pull_request.event import pull_request_of
from edgefleet.core.ids import short_digest
from edgefleet.core.model import Model
from edgefleet.core.output.markdown import escaped, fenced, fitting
from edgefleet.errors import UsageError
from edgefleet.github.comments import comments_on, edit_comment, write_comment
from edgefleet.github.repository import GitHub, github_of
from edgefleet.records.provenance import run_url

MARK = "<!-- edgefleet: the plan of this pull request -->"
LARGEST = 65_000
"""Bytes: GitHub takes 65,536 characters for a comment."""
ROOM = 60_000
"""Characters that the plans share."""
LEAST = 500
"""Characters of a plan, however many there are."""


class _Job(Model, extra="ignore"):
    tenant: str
    environment: str

    def __str__(self) -> str:
        return f"{self.tenant}-{self.environment}"


class _Matrix(Model):
    include: tuple[_Job, ...]


def comment_plan(matrix: str, plans: Path) -> None:
    """Write the comment, or edit the one that is there.

    `matrix` is the output of `plan_targets.py`. Of a pull request that changes no target there is
    no comment, unless it changed one before. Raises `UsageError` and `GitHubError`.
    """
    event = os.environ.get("GITHUB_EVENT_PATH")
    found = pull_request_of(Path(event) if event else None)
    if found is None:
        print("the pull request is closed, or has a newer commit")
        return
    pull_request, commit = found
    names = [str(job) for job in _jobs(matrix)]
    body = comment_text(names, *_told(plans), commit=commit, page=run_url(os.environ))
    keep_comment(github_of(os.environ), pull_request.number, clean(body), wanted=bool(names))


def keep_comment(github: GitHub, number: int, body: str, *, wanted: bool) -> None:
    """Edit the comment of edgefleet on a pull request; write it where none is, and one is wanted.

    Only a comment that a job of GitHub Actions wrote is edited: anybody can begin one like it.
    """
    for one in comments_on(github, number):
        if one.by_actions and one.body.startswith(MARK):
            if one.body != body:
                edit_comment(github, one.id, body)
            print(f"the comment of pull request #{number} is up to date")
            return
    if wanted:
        write_comment(github, number, body)
        print(f"pull request #{number} has a comment now")


def comment_text(
    names: Sequence[str],
    plans: Mapping[str, str],
    failed: Mapping[str, str],
    *,
    commit: str,
    page: str | None,
) -> str:
    """Return the comment: a fold for each target, which no plan can end.

    `plans` and `failed` have the plan of a target, and why it has none.
    """
    lines = [MARK, f"### What commit {short_digest(commit)} would change", ""]
    room = max(LEAST, ROOM // max(1, len(names)))
    for name in names:
        if text := plans.get(name, "").strip():
            lines += [f"<details><summary>{escaped(name)}</summary>", ""]
            lines += [fenced(text, room, language="diff"), "", "</details>", ""]
        else:
            why = failed.get(name, "its job says why")
            lines += [f"{escaped(name)}: no plan: {escaped(why)}", ""]
    if not names:
        lines += ["No target that has an environment for plans.", ""]
    run = f"[The run]({page})" if page else "The run"
    lines.append(f"{run} has the plans as artifacts. A newer commit replaces this text.")
    return fitting("\n".join(lines), LARGEST)


def _told(folder: Path) -> tuple[dict[str, str], dict[str, str]]:
    """Return the plans below a folder, and why there are none, by target."""
    plans = {
        file.stem.removeprefix("plan-"): file.read_text("utf-8", errors="replace")
        for file in sorted(folder.rglob("plan-*.txt"))
        if file.is_file() and not file.is_symlink()
    }
    failed = {str(target): told.why for target, told in read_outcomes(folder).items()}
    return plans, failed


def _jobs(matrix: str) -> tuple[_Job, ...]:
    try:
        return _Matrix.model_validate_json(matrix).include
    except ValidationError as error:
        raise UsageError(
            "--matrix is not the matrix of a pull request's plan",
            hint="give it the output `matrix` of the action `targets`",
        ) from error
