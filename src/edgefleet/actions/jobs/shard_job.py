"""Deploy one shard of a fleet, or show its plans: many targets on one runner.

Tokens come from the program that EDGEFLEET_CREDENTIAL_COMMAND names, one target at a time. The
step's output `url` says which tenants were proved (see docs/ci-cd.md).
"""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from edgefleet.actions.github_actions import (
    add_block,
    annotate,
    run_edgefleet,
    run_edgefleet_aside,
    set_output,
    show,
)
from edgefleet.actions.jobs.handed_secrets import take_secrets
from edgefleet.actions.jobs.options import DeployOptions
from edgefleet.actions.jobs.outcomes import SUPERSEDED, write_outcome
from edgefleet.actions.jobs.own_records import keep_to_own_records
from edgefleet.actions.jobs.results import RESULTS, keep_plan
from edgefleet.actions.jobs.smoke import lend, lend_counters, lent, named_by_smoke, report_failure
from edgefleet.actions.jobs.target_job import TargetAction
from edgefleet.actions.promotion.deployments import positions
from edgefleet.actions.promotion.promotion import all_tenants
from edgefleet.config.credentials.command import VARIABLE
from edgefleet.config.target import Environment, Target
from edgefleet.errors import CredentialError, EdgefleetError, ExitCode
from edgefleet.fleet.models import FleetRecord, Outcome, TargetResult
from edgefleet.fleet.report import fleet_text
from edgefleet.github.models import BUNDLE, TENANTS
from edgefleet.records import commit_order as descent

PARALLEL = "4"


@dataclass(frozen=True)
class ShardJob:
    """A job of a workflow that works on many targets of one environment."""

    environment: Environment
    tenants: str
    """The shard's tenants, separated by commas."""
    options: DeployOptions

    def run(self, action: TargetAction) -> int:
        """Plan or deploy; return edgefleet's exit code. Raises `CredentialError`, `ConfigError`.

        An error also becomes an annotation of the run.
        """
        title = f"fleet-{self.environment}"
        try:
            if not os.environ.get(VARIABLE):
                raise CredentialError(
                    f"the GitHub environment {title} has no variable {VARIABLE}",
                    hint=f"gh variable set {VARIABLE} --env {title}",
                )
            take_secrets(Path.cwd())
            keep_to_own_records(Path.cwd(), action, title)
            return self.plan() if action is TargetAction.PLAN else self.deploy()
        except EdgefleetError as error:
            annotate("error", title, f"{error.message}\n{error.hint}")
            raise

    def plan(self) -> int:
        """Show what a deploy of the shard would change."""
        chosen = ("--tenants", self.tenants, "--env", self.environment)
        code, text = run_edgefleet("plan", *chosen, *self.options.of_bundle)
        add_block("plan of a shard", text)
        keep_plan(f"shard-{self.environment}", text)
        return code

    def deploy(self) -> int:
        """Deploy the shard, and test what is live."""
        chosen = ("--tenants", self.tenants, "--env", self.environment)
        how = ("--parallel", PARALLEL, "--continue-on-error")
        names = self.tenants.split(",")
        lend_counters(Target(tenant=name, environment=self.environment) for name in names)
        code, out = run_edgefleet(
            "deploy-all", *chosen, *self.options.of_deploy, *how, "--format", "json"
        )
        try:
            record = FleetRecord.model_validate_json(out)
        except ValidationError:
            show(out)
            return code
        return _shown(record, code)


def _shown(record: FleetRecord, code: int) -> int:
    """Show how the shard ended, test what it proved, and return the exit code of the job."""
    add_block("deploy of a shard", fleet_text(record, "the job's artifact"))
    passed_by = [one for one in record.left if _superseded(one)]
    for one in passed_by:
        why = one.error.message if one.error else ""
        write_outcome(RESULTS, _target(one, record.environment), SUPERSEDED, why)
    if code == ExitCode.FLEET and len(passed_by) == len(record.left):
        names = ", ".join(one.tenant for one in passed_by)
        annotate("notice", f"fleet-{record.environment}", f"superseded: {names}")
        code = ExitCode.OK
    proved = [one for one in record.members if one.outcome in PROVED]
    if code == ExitCode.OK and proved:
        set_output("url", address(record, proved))
        code = smoke(record.environment, proved)
    return code


PROVED = {Outcome.SUCCEEDED, Outcome.UNCHANGED}


def address(record: FleetRecord, proved: Sequence[TargetResult]) -> str:
    """Return the address of the shard's deployment; its fragment says what that proves."""
    page = f"{os.environ.get('GITHUB_SERVER_URL')}/{os.environ.get('GITHUB_REPOSITORY')}"
    which = positions((one.tenant for one in proved), all_tenants(Path.cwd()))
    return f"{page}/deployments#{BUNDLE}{record.bundle_digest};{TENANTS}{which}"


def smoke(environment: Environment, proved: Sequence[TargetResult]) -> int:
    """Try each Worker of the shard with the smoke test of fleet.jsonc.

    The secrets that it needs are those of the shards' environment, the same for every tenant:
    where one is missing, Workers that need it have no smoke test, and the page says so.
    """
    names = named_by_smoke(Path.cwd())
    secrets = lent(names)
    missing = [name for name in names if name not in secrets]
    worst, untested = ExitCode.OK, []
    for one in proved:
        target = _target(one, environment)
        lend(target, secrets)
        chosen = ("--tenants", one.tenant, "--env", environment)
        code, _, said = run_edgefleet_aside("health", *chosen, "--smoke")
        if code == ExitCode.INTERRUPTED:
            return code
        if code == ExitCode.CREDENTIALS and missing:
            untested.append(one.tenant)
        elif code != ExitCode.OK:
            worst = ExitCode.UNHEALTHY
            report_failure(target, said)
    if untested:
        words = f"no smoke test of {', '.join(untested)}: no secret {', '.join(missing)}"
        annotate("notice", f"fleet-{environment}", words)
    return worst


def _superseded(one: TargetResult) -> bool:
    return one.error is not None and one.error.code == descent.SUPERSEDED


def _target(one: TargetResult, environment: Environment) -> Target:
    return Target(tenant=one.tenant, environment=environment)
