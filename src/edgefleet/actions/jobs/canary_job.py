"""What a job does with the canary of its target: go on with it, pause it, abort it or finish it.

The step's output `url` says what is left, for later runs of the workflows (promotion/
deployments.py). What the page of the run shows of it stands in the job's artifact (outcomes.py).
"""

import json
import os
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from edgefleet.actions.github_actions import add_block, annotate, run_edgefleet, set_output
from edgefleet.actions.jobs.outcomes import Told, keep_outcome
from edgefleet.actions.jobs.results import RESULTS
from edgefleet.actions.jobs.shown_record import show_error
from edgefleet.cli.wiring import Wiring
from edgefleet.config.target import Target
from edgefleet.deploy.checks.canaries import policy_of_files
from edgefleet.errors import ExitCode
from edgefleet.github.models import CANARY, FINISHED, ROLLBACK
from edgefleet.github.workflow_files import workflow_file
from edgefleet.records.models import Record
from edgefleet.records.provenance import run_url
from edgefleet.records.store import Records

CONTINUE = "continue"
ACTIONS = (CONTINUE, "pause", "abort", "finish")
WAIT = "15m"
"""How long a run that a person started waits for another one of the target."""
UNDER_WAY = ("under_way", "paused", "kept")
"""States in which a later run has to look at a canary again."""


@dataclass(frozen=True)
class CanaryJobOptions:
    """What is done with a canary in a workflow."""

    action: str = CONTINUE
    reason: str = ""
    scheduled: bool = False
    """Whether no person started the run: it ends no pause, and waits for no other run."""

    @property
    def words(self) -> tuple[str, ...]:
        """The words of edgefleet's command, besides its target."""
        by_hand = () if self.scheduled else ("--wait", WAIT)
        resumes = self.action == CONTINUE and not self.scheduled
        reason = (f"--reason={self.reason}",) if self.reason else ()
        return (self.action, *by_hand, *("--resume",) * resumes, *reason)


class _Read(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class _Error(_Read):
    code: str = ""
    message: str
    hint: str = ""


class CanaryFound(_Read):
    """What edgefleet printed of the canary of one target."""

    state: str
    words: str = ""
    share: float | None = None
    verdict: str | None = None
    moved: bool = False
    error: _Error | None = None

    @property
    def has_everything(self) -> bool:
        """Whether the new version got all of the traffic just now."""
        return self.moved and self.state in {"finished", "kept"}

    @property
    def under_way(self) -> bool | None:
        """Whether a later run has to look at it again; None: that is not known."""
        return None if self.state == "unknown" else self.state in UNDER_WAY

    @property
    def outcome(self) -> str:
        """What became of it, in a few words: `canary under way at 25 %`."""
        if self.state == "none":
            return "no canary"
        share = f" at {self.share:g} %" if self.under_way and self.share is not None else ""
        verdict = f", {self.verdict}" if self.verdict and self.error else ""
        return f"canary {self.state}{share}{verdict}".replace("_", " ")


def work_on_canary(target: Target, options: CanaryJobOptions) -> tuple[int, CanaryFound | None]:
    """Do it, show it, and return edgefleet's exit code with what was found."""
    chosen = ("--tenants", target.tenant, "--env", target.environment)
    code, out = run_edgefleet("canary", *options.words, *chosen, "--format", "json")
    found = _found(out)
    if found is None:
        show_error(target, out)
        return code, None
    if code == ExitCode.BUSY and options.scheduled:
        annotate("notice", str(target), "another run works on it: the next run looks again")
        code = ExitCode.OK
    elif found.error:
        annotate(
            "error", str(target), f"{found.outcome}: {found.error.message}\n{found.error.hint}"
        )
    record = Records(Path("deployments")).last(target)
    tell_of_canary(target, found, good=code == ExitCode.OK)
    if code == ExitCode.OK and (address := _address(found, record)):
        set_output("url", address)
    return code, found


def tell_of_canary(target: Target, found: CanaryFound, *, good: bool) -> None:
    """Show what became of a canary, how to go on by hand, and keep it for the summary."""
    why = found.error.message if found.error else found.words
    lines = [f"{target}: {found.outcome}: {why}"]
    if found.under_way:
        lines += ["", f"It goes on by {workflow_file(Path.cwd(), CANARY)}. By hand:"]
        lines += [f"  {command}" for command in by_hand(target)]
    add_block(f"{target}: canary", "\n".join(lines))
    keep_outcome(
        RESULTS,
        Told(
            target=target,
            outcome=found.outcome,
            why=why,
            good=good,
            under_way=found.under_way,
            at=datetime.now(UTC),
        ),
    )


def tell_of_first_step(target: Target, record: Record) -> None:
    """Show that a deploy ended at the first step of its canary, and keep it for the summary."""
    step = record.canary[-1] if record.canary else None
    words = "its first step is good" if step else "it has begun"
    found = CanaryFound(state="under_way", share=step.share if step else None, words=words)
    annotate("notice", str(target), f"{found.outcome}: {words}")
    tell_of_canary(target, found, good=True)


def keeps_the_version_before(target: Target) -> bool:
    """Whether the policy of the files keeps the version before for a while after a deploy."""
    (tenant,) = Wiring(Path.cwd()).tenants((target.tenant,), (target.environment,))
    policy = policy_of_files(tenant, target.environment)
    return policy is not None and policy.keep > 0


def by_hand(target: Target) -> tuple[str, ...]:
    """Return the commands with which a person ends a canary at once, and pauses it."""
    file = workflow_file(Path.cwd(), CANARY)
    of_target = f"-f environment={target.environment} -f tenants={target.tenant}"
    return tuple(
        f"gh workflow run {file} {of_target} -f action={action} -f reason=..."
        for action in ("abort", "finish", "pause")
    )


def _found(out: str) -> CanaryFound | None:
    with suppress(ValueError, LookupError, TypeError, ValidationError):
        return CanaryFound.model_validate(json.loads(out)[0])
    return None


def _address(found: CanaryFound, record: Record | None) -> str:
    """Return where the Worker answers, and what the job left there; empty where it did nothing."""
    commit = record.git_commit if record else None
    kept = f"{FINISHED}{commit};{CANARY}" if commit else CANARY
    fragments = {
        "under_way": CANARY,
        "paused": CANARY,
        "kept": kept,
        "finished": f"{FINISHED}{commit}" if commit else "",
        "restored": ROLLBACK,
    }
    fragment = fragments.get(found.state, "")
    url = (record.url if record else None) or run_url(os.environ) or ""
    return f"{url}#{fragment}" if fragment and url else ""
