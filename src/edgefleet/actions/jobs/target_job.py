"""One job of a workflow with one target, shown on the run's page: a plan, a deploy, and so on.

The token comes from CLOUDFLARE_API_TOKEN, as the target's own GitHub environment gives it. The
step's output `url` says where the Worker answers, and what that proves (see docs/ci-cd.md).
"""

import os
from dataclasses import dataclass, field
from enum import StrEnum
from functools import partial
from pathlib import Path

from edgefleet.actions.github_actions import (
    add_block,
    add_summary,
    annotate,
    run_edgefleet,
    run_edgefleet_aside,
    run_edgefleet_noted,
    set_output,
)
from edgefleet.actions.jobs.canary_job import (
    CanaryJobOptions,
    keeps_the_version_before,
    tell_of_first_step,
    work_on_canary,
)
from edgefleet.actions.jobs.drift_job import look
from edgefleet.actions.jobs.handed_secrets import take_secrets
from edgefleet.actions.jobs.options import DeployOptions, DriftJobOptions, RollbackJobOptions
from edgefleet.actions.jobs.outcomes import NO_PLAN, SUPERSEDED, write_outcome
from edgefleet.actions.jobs.own_records import keep_to_own_records
from edgefleet.actions.jobs.results import RESULTS, keep_drifts, keep_plan
from edgefleet.actions.jobs.shown_record import first_error, is_superseded, show_record
from edgefleet.actions.jobs.smoke import (
    lend,
    lend_counters,
    lent,
    named_by_health,
    named_by_smoke,
    report_failure,
)
from edgefleet.actions.promotion.deployments import was_deployed
from edgefleet.actions.rollbacks.rollback_lock import lock_holder, options_past, shared_locks
from edgefleet.actions.rollbacks.wait_for_deploys import wait_for_deploys
from edgefleet.config.credentials.lookup import PLAIN
from edgefleet.config.target import Target
from edgefleet.core.output.markdown import fenced
from edgefleet.deploy.checks.holds import was_held
from edgefleet.drift.models import State
from edgefleet.drift.report import drift_text
from edgefleet.errors import CredentialError, EdgefleetError, ExitCode
from edgefleet.github.deployments import recent_deployments
from edgefleet.github.models import BUNDLE, CANARY, ROLLBACK
from edgefleet.github.repository import github_of
from edgefleet.github.workflow_files import workflow_file
from edgefleet.records.models import Record, Status


class TargetAction(StrEnum):
    """What a job does with its target."""

    PLAN = "plan"
    DEPLOY = "deploy"
    ROLLBACK = "rollback"
    CANARY = "canary"
    DRIFT = "drift"


@dataclass(frozen=True)
class TargetJob:
    """A job of a workflow that works on one target."""

    target: Target
    deploy_options: DeployOptions
    rollback_options: RollbackJobOptions
    canary_options: CanaryJobOptions = field(default_factory=CanaryJobOptions)
    drift_options: DriftJobOptions = field(default_factory=DriftJobOptions)

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
        take_secrets(Path.cwd())
        lend(self.target, lent(named_by_health(Path.cwd())))
        keep_to_own_records(Path.cwd(), action, str(self.target))
        RESULTS.mkdir(parents=True, exist_ok=True)
        match action:
            case TargetAction.PLAN:
                return self.plan()
            case TargetAction.DEPLOY:
                return self._plan_and_deploy()
            case TargetAction.ROLLBACK:
                return self.rollback()
            case TargetAction.CANARY:
                return self.canary()
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
        lend_counters([self.target])
        code, out = run_edgefleet("deploy", *target, *options, "--first-step", "--format", "json")
        record = show_record(self.target, out)
        if record and was_held(record):  # since the targets were chosen
            return ExitCode.OK
        if record and record.error and is_superseded(record):
            write_outcome(RESULTS, self.target, SUPERSEDED, record.error.message)
            return ExitCode.OK
        if record and record.status is Status.UNCHANGED:
            code, text = run_edgefleet("health", *self.chosen)
            add_block(f"{self.target}: health", text)
        if record and code == ExitCode.OK:
            return self._deployed(record)
        return code

    def _deployed(self, record: Record) -> int:
        """Hand on what was proved; a version without all of the traffic gets no smoke test yet."""
        bundle = f"{BUNDLE}{record.bundle_digest}"
        if record.status is Status.UNDER_WAY:
            set_output("url", f"{record.url}#{CANARY};{bundle}")
            tell_of_first_step(self.target, record)
            return ExitCode.OK
        kept = f";{CANARY}" if keeps_the_version_before(self.target) else ""
        set_output("url", f"{record.url}#{bundle}{kept}")
        return self.smoke()

    def canary(self) -> int:
        """Go on with a canary, or end it; one that got all of the traffic has a smoke test."""
        lend_counters([self.target])
        code, found = work_on_canary(self.target, self.canary_options)
        if code == ExitCode.OK and found and found.has_everything:
            return self.smoke()
        return code

    def smoke(self) -> int:
        """Try what is live with the smoke test of fleet.jsonc; a failure rolls nothing back.

        Without the secrets that it needs there is no smoke test, and the run's page says so.
        """
        names = named_by_smoke(Path.cwd())
        secrets = lent(names)
        lend(self.target, secrets)
        code, text, said = run_edgefleet_aside("health", *self.chosen, "--smoke")
        missing = [name for name in names if name not in secrets]
        if code == ExitCode.CREDENTIALS and missing:
            annotate("notice", str(self.target), f"no smoke test: no secret {', '.join(missing)}")
            return ExitCode.OK
        add_block(f"{self.target}: smoke test", text)
        if code not in {ExitCode.OK, ExitCode.INTERRUPTED}:
            report_failure(self.target, said)
        return code

    def rollback(self) -> int:
        """Return to an earlier version; on GitHub edgefleet takes only what passed the gates.

        A deploy that is under way loses the shared lock to it. Where there is none, no deploy of
        the target is under way by then, as far as GitHub tells.
        """
        refs = shared_locks()
        holder = partial(lock_holder, refs, self.target) if refs else None
        if os.environ.get("GITHUB_TOKEN"):
            file = workflow_file(Path.cwd(), "deploy")
            wait_for_deploys(github_of(os.environ), self.target, workflow=file, holder=holder)
        options = options_past(self.target, holder()) if holder else []
        asked = self.rollback_options
        options += [f"--to={asked.to}", f"--reason={asked.reason}"]
        if self.deploy_options.digest:
            options += [*self.deploy_options.of_bundle, "--engine", self.deploy_options.engine]
        options += ["--allow-changed-secrets"] * asked.allow_changed_secrets
        code, out, notes = run_edgefleet_noted(
            "rollback", *self.chosen, *options, "--format", "json"
        )
        record = show_record(self.target, out)
        if notes:
            add_summary(fenced(notes))
        if record and code == ExitCode.OK:
            to = f"={record.git_commit}" if record.git_commit else ""
            set_output("url", f"{record.url}#{ROLLBACK}{to}")
        return code

    def drift(self) -> int:
        """Look; drift is reported by another job, so that here red means: could not look.

        Only GitHub knows here whether a script that is not there was ever deployed.
        """
        built = self.drift_options.built
        seen = look(self.chosen, built)
        if any(one.state is State.NOT_DEPLOYED for one in seen.found) and self._was_deployed():
            seen = look(self.chosen, built, "--deployed")
        drifts = keep_drifts(seen.found)
        seen.leave_unbuilt(batch=False)
        add_block(f"{self.target}: drift", "\n".join(map(drift_text, drifts)))
        return seen.code

    def _was_deployed(self) -> bool:
        if os.environ.get("GITHUB_TOKEN"):
            told = recent_deployments(github_of(os.environ), [str(self.target)], was_deployed)
            return was_deployed(told[str(self.target)])
        annotate("notice", str(self.target), "no GITHUB_TOKEN: GitHub is not asked of deploys")
        return False
