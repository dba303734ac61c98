"""Which commits the default branch contains, and which of two commits is the older one."""

from collections.abc import Mapping
from contextlib import suppress
from functools import cached_property
from pathlib import Path

from edgefleet.core.foreign.json import parse_json
from edgefleet.core.git import content, is_ancestor, is_shallow, resolve_commit
from edgefleet.github.workflow_files import workflow_file
from edgefleet.records.commit_order import Order

GUESSES = ("origin/HEAD", "origin/main", "origin/master", "main", "master")
"""Where the default branch may be, the surest first."""


class Lineage:
    """The history of the repository at `root`."""

    def __init__(self, root: Path, environ: Mapping[str, str]) -> None:
        self._root = root
        self._environ = environ
        self._merged: dict[str, bool | None] = {}

    @property
    def on_github(self) -> bool:
        """Whether a job of GitHub Actions runs us.

        https://docs.github.com/en/actions/reference/workflows-and-actions/variables
        """
        return self._environ.get("GITHUB_ACTIONS") == "true"

    @property
    def deploy_command(self) -> str:
        """The command that starts the workflow which deploys."""
        return f"gh workflow run {workflow_file(self._root, 'deploy')}"

    @cached_property
    def default_branch(self) -> str | None:
        """The git ref of the default branch; None where there is none of a usual name."""
        named = self._named_by_github()
        guesses = (f"origin/{named}", named) if named else GUESSES
        return next((one for one in guesses if resolve_commit(self._root, one)), None)

    def merged(self, commit: str) -> bool | None:
        """Whether the default branch contains a commit; None where that cannot be told."""
        if commit not in self._merged:
            self._merged[commit] = self._contained(commit)
        return self._merged[commit]

    def _contained(self, commit: str) -> bool | None:
        branch = self.default_branch
        tip = branch and resolve_commit(self._root, branch)
        full = resolve_commit(self._root, commit)
        if not tip or not full:
            return None
        contained = is_ancestor(self._root, full, tip)
        return None if not contained and is_shallow(self._root) else contained

    def order(self, commit: str, live: str) -> Order:
        """Return how a commit stands to the one that is live, which may be abbreviated."""
        ours, theirs = (resolve_commit(self._root, one) for one in (commit, live))
        if ours is not None and ours == theirs:
            return Order.SAME
        if ours and theirs and is_ancestor(self._root, theirs, ours):
            return Order.LATER
        if ours and theirs and is_ancestor(self._root, ours, theirs):
            return Order.OLDER
        if is_shallow(self._root):
            return Order.SHALLOW
        return Order.UNRELATED if ours and theirs else Order.UNKNOWN

    def file(self, commit: str, path: str) -> str | None:
        """Return a file of a commit; `path` is relative to the root. None where there is none."""
        return content(self._root, commit, path)

    def _named_by_github(self) -> str | None:
        """Return the default branch that the event of a job names, if there is one.

        https://docs.github.com/en/webhooks/webhook-events-and-payloads
        """
        with suppress(OSError, ValueError, TypeError, KeyError):
            event = parse_json(Path(self._environ["GITHUB_EVENT_PATH"]).read_bytes())
            name = event["repository"]["default_branch"]
            return name if isinstance(name, str) and name else None
        return None
