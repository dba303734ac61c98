"""One job of a workflow with one target: plan, deploy, rollback or drift, shown on the run's page.

The token comes from CLOUDFLARE_API_TOKEN, as the target's own GitHub environment gives it. The
step's output `url` says where the Worker answers, and what that proves (see docs/ci-cd.md).
"""

import json
import os
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from pydantic import ValidationError

from edgefleet.actions.github_actions import (
    add_block,
    add_summary,
    annotate,
    run_edgefleet,
    run_edgefleet_aside,
    run_edgefleet_noted,
    set_output,
)
from edgefleet.actions.jobs.options import DeployOptions, RollbackJobOptions
from edgefleet.actions.jobs.outcomes import NO_PLAN, SMOKE_FAILED, SUPERSEDED, write_outcome
from edgefleet.actions.jobs.own_records import keep_to_own_records
from edgefleet.actions.jobs.results import RESULTS, keep_drifts, keep_plan
from edgefleet.actions.jobs.wait_for_deploys import wait_for_deploys
from edgefleet.actions.promotion.deployments import was_deployed
from edgefleet.config.credentials import lock_credential
from edgefleet.config.credentials.lookup import PLAIN, SMOKE, smoke_key_names
from edgefleet.config.target import Target
from edgefleet.core.output.markdown import fenced
from edgefleet.deploy.checks.holds import was_held
from edgefleet.drift.models import Drift, State
from edgefleet.drift.report import drift_text
from edgefleet.drift.report_file import read_drifts
from edgefleet.errors import CredentialError, EdgefleetError, ExitCode
from edgefleet.github.deployments import recent_deployments
from edgefleet.github.models import BUNDLE, ROLLBACK
from edgefleet.github.repository import github_of
from edgefleet.locks.locking import LockMode
from edgefleet.locks.models import Lock
from edgefleet.locks.refs import LockRefs, SharedLockUnavailable
from edgefleet.records import commit_order as descent
from edgefleet.records.models import Action, Record, Status
from edgefleet.records.report import record_text
from edgefleet.rollback.report import rollback_text

WAIT = "15m"
"""For how long a rollback waits for a run that is no deploy, such as another rollback."""


class TargetAction(StrEnum):
    """What a job does with its target."""

    PLAN = "plan"
    DEPLOY = "deploy"
    ROLLBACK = "rollback"
    DRIFT = "drift"


@dataclass(frozen=True)
class TargetJob:
    """A job of a workflow that works on one target."""

    target: Target
    deploy_options: DeployOptions
    rollback_options: RollbackJobOptions

    @property
    def chosen(self) -> tuple[str, ...]:
        """The options of commands that take several tenants which name the target."""
        return ("--tenants", self.target.tenant, "--env", self.target.environment)

    def run(self, action: TargetAction) -> int:
        """Do it, and return edgefleet's exit code. Raises `CredentialError` and `ConfigError`.

        An error also becomes an annotation of the run.
        """
        try:
            return self._run(action)
        except EdgefleetError as error:
            annotate("error", str(self.target), f"{error.message}\n{error.hint}")
            raise

    def _run(self, action: TargetAction) -> int:
        if not os.environ.get(PLAIN):
            raise CredentialError(
                f"the GitHub environment of {self.target} has no secret {PLAIN}",
                hint=f"gh secret set {PLAIN} --env NAME; docs/ci-cd.md has the names",
            )
        keep_to_own_records(Path.cwd(), action, str(self.target))
        RESULTS.mkdir(parents=True, exist_ok=True)
        match action:
            case TargetAction.PLAN:
                return self.plan()
            case TargetAction.DEPLOY:
                return self._plan_and_deploy()
            case TargetAction.ROLLBACK:
                return self.rollback()
            case TargetAction.DRIFT:
                return self.drift()

    def _plan_and_deploy(self) -> int:
        # The plan is for the run's page: whatever stops the plan stops the deploy, too.
        if self.plan() == ExitCode.INTERRUPTED:
            return ExitCode.INTERRUPTED
        (RESULTS / f"outcome-{self.target}.json").unlink(missing_ok=True)
        return self.deploy()

    def plan(self) -> int:
        """Show what a deploy would change."""
        code, text, said = run_edgefleet_aside("plan", *self.chosen, *self.deploy_options.of_bundle)
        add_block(f"{self.target}: plan", text, "diff")
        keep_plan(str(self.target), text)
        if code not in {ExitCode.OK, ExitCode.CHANGES, ExitCode.INTERRUPTED}:
            why = first_error(said)
            annotate("warning", str(self.target), f"its plan could not be shown: {why}")
            write_outcome(RESULTS, self.target, NO_PLAN, why)
        return code

    def deploy(self) -> int:
        """Deploy; what changed nothing must be healthy all the same."""
        options = self.deploy_options.of_deploy
        target = ("--tenant", self.target.tenant, "--env", self.target.environment)
        code, out = run_edgefleet("deploy", *target, *options, "--format", "json")
        record = self._told(out)
        if record and was_held(record):  # since the targets were chosen
            return ExitCode.OK
        if record and record.error and record.error.code == descent.SUPERSEDED:
            write_outcome(RESULTS, self.target, SUPERSEDED, record.error.message)
            return ExitCode.OK
        if record and record.status is Status.UNCHANGED:
            code, text = run_edgefleet("health", *self.chosen)
            add_block(f"{self.target}: health", text)
        if record and code == ExitCode.OK:
            set_output("url", f"{record.url}#{BUNDLE}{record.bundle_digest}")
            return self.smoke()
        return code

    def smoke(self) -> int:
        """Chat with what is live, once whole and once streamed; a failure rolls nothing back.

        A tenant whose callers need API keys lends one of them: without it there is no smoke test,
        and the run's page says so.
        """
        key = os.environ.pop(SMOKE, "")
        if key:
            os.environ[smoke_key_names(self.target)[0]] = key
        code, text, said = run_edgefleet_aside("health", *self.chosen, "--smoke")
        if code == ExitCode.CREDENTIALS and not key:
            annotate("notice", str(self.target), f"no smoke test: no secret {SMOKE}")
            return ExitCode.OK
        add_block(f"{self.target}: smoke test", text)
        if code not in {ExitCode.OK, ExitCode.INTERRUPTED}:
            why = first_error(said)
            annotate("error", str(self.target), f"{SMOKE_FAILED}: {why}")
            write_outcome(RESULTS, self.target, SMOKE_FAILED, why)
        return code

    def rollback(self) -> int:
        """Return to an earlier version; on GitHub edgefleet takes only what passed the gates.

        A deploy that is under way loses the shared lock to it. Where there is none, no deploy of
        the target is under way by then, as far as GitHub tells.
        """
        refs = _shared_locks()
        holder = partial(self._holder, refs) if refs else None
        if os.environ.get("GITHUB_TOKEN"):
            wait_for_deploys(github_of(os.environ), self.target, holder=holder)
        options = self._past(holder()) if holder else []
        asked = self.rollback_options
        options += [f"--to={asked.to}", f"--reason={asked.reason}"]
        options += ["--allow-changed-secrets"] * asked.allow_changed_secrets
        code, out, notes = run_edgefleet_noted(
            "rollback", *self.chosen, *options, "--format", "json"
        )
        record = self._told(out)
        if notes:
            add_summary(fenced(notes))
        if record and code == ExitCode.OK:
            to = f"={record.git_commit}" if record.git_commit else ""
            set_output("url", f"{record.url}#{ROLLBACK}{to}")
        return code

    def _holder(self, refs: LockRefs) -> Lock | None:
        """Return who holds the target, if any run does."""
        held = refs.read([str(self.target)]).get(str(self.target))
        return held.lock if held else None

    def _past(self, lock: Lock | None) -> list[str]:
        """Return the options with which a rollback gets past who holds the target.

        It takes the lock, and the traffic, over from a deploy alone; for all others it waits.
        """
        if lock is None or lock.action != Action.DEPLOY:
            return ["--wait", WAIT]
        annotate("notice", str(self.target), f"the lock is taken over from {lock}")
        return ["--take-over-lock", "--replace-split"]

    def drift(self) -> int:
        """Look; drift is reported by another job, so that here red means: could not look.

        Only GitHub knows here whether a script that is not there was ever deployed.
        """
        code, found = self._looked()
        if any(one.state is State.NOT_DEPLOYED for one in found) and self._was_deployed():
            code, found = self._looked("--deployed")
        drifts = keep_drifts(found)
        add_block(f"{self.target}: drift", "\n".join(map(drift_text, drifts)))
        return ExitCode.OK if code == ExitCode.CHANGES else code

    def _looked(self, *options: str) -> tuple[int, tuple[Drift, ...]]:
        """Return edgefleet's exit code, and what it found."""
        with TemporaryDirectory() as folder:
            report = Path(folder, "drift.json")
            written = ("--format", "json", "--output", str(report))
            code, _ = run_edgefleet("drift", *self.chosen, *options, *written)
            return code, read_drifts([report]) if report.exists() else ()

    def _was_deployed(self) -> bool:
        if os.environ.get("GITHUB_TOKEN"):
            told = recent_deployments(github_of(os.environ), [str(self.target)], was_deployed)
            return was_deployed(told[str(self.target)])
        annotate("notice", str(self.target), "no GITHUB_TOKEN: GitHub is not asked of deploys")
        return False

    def _told(self, out: str) -> Record | None:
        """Show what edgefleet printed of its work, and return the record, if that is what it is.

        It is never looked for on disk: what lies there was written by anybody.
        """
        try:
            record = Record.model_validate_json(out)
        except ValidationError:
            self._show_error(out)
            return None
        add_block(f"{self.target}: {record.action}", _text(record))
        if record.error:
            calm = was_held(record) or record.error.code == descent.SUPERSEDED
            words = f"{record.error.message}\n{on_github(record.error.hint)}"
            if calm and record.error.code == descent.SUPERSEDED:
                words = f"superseded: {record.error.message}{_attempt()}"
            annotate("notice" if calm else "error", str(self.target), words)
        return record

    def _show_error(self, out: str) -> None:
        with suppress(ValueError, KeyError, TypeError):
            error = json.loads(out)["error"]
            annotate("error", str(self.target), f"{error['message']}\n{error['hint']}")


def _shared_locks() -> LockRefs | None:
    """Return the locks that all machines see; None where this job can take none of them."""
    mode = os.environ.get("EDGEFLEET_LOCK") or LockMode.AUTO
    if mode == LockMode.LOCAL or not os.environ.get(lock_credential.VARIABLE):
        return None
    refs = LockRefs(Path.cwd(), os.environ)
    try:
        refs.check()
    except SharedLockUnavailable:
        return None
    return refs


def on_github(hint: str) -> str:
    """Add to a hint the inputs of deploy.yml that stand for the options that it names."""
    named = {word[2:].replace("-", "_") for word in hint.split() if word.startswith("--allow-")}
    inputs = ", ".join(f"{name}=true" for name in sorted(named))
    return f"{hint} (deploy.yml: {inputs})" if inputs else hint


def _attempt() -> str:
    """Say that a run is done again: it deploys the commit of its first attempt."""
    number = os.environ.get("GITHUB_RUN_ATTEMPT", "1")
    return "" if number == "1" else f" (attempt {number} of a run deploys the commit of its first)"


def first_error(said: str) -> str:
    """Return the first error among what edgefleet wrote to stderr."""
    lines = [line[7:] for line in said.splitlines() if line[:7].lower() == "error: "]
    return lines[0] if lines else "the job's log says why"


def _text(record: Record) -> str:
    if record.error:
        return f"{record.target}: {record.status}\n  {record.error.message}"
    return rollback_text(record) if record.action is Action.ROLLBACK else record_text(record)
