"""Deploy one shard of a fleet, or show its plans: many targets on one runner.

Tokens come from the program that EDGEFLEET_CREDENTIAL_COMMAND names, one target at a time. The
step's output `url` says which tenants were proved (see docs/ci-cd.md).
"""

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from pydantic import ValidationError

from edgefleet.actions.deployment_rules import positions
from edgefleet.config.credentials.command import VARIABLE
from edgefleet.config.credentials.lookup import SMOKE, smoke_key_names
from edgefleet.config.target import Environment, Target
from edgefleet.errors import CredentialError, EdgefleetError, ExitCode
from edgefleet.fleet.models import FleetRecord, Outcome, TargetResult
from edgefleet.fleet.report import fleet_text
from edgefleet.github.models import BUNDLE, TENANTS
from edgefleet.records import commit_order as descent
from outcomes import SMOKE_FAILED, SUPERSEDED, write_outcome
from own_records import keep_to_own_records
from require_promotion import all_tenants
from results import RESULTS, keep_plan
from run_target import first_error
from steps import add_block, annotate, ended, run_edgefleet, run_edgefleet_aside, set_output, show

PARALLEL = "4"


def main(argv: Sequence[str] | None = None) -> int:
    """Return edgefleet's exit code; the output `url` says what was proved, where all went well."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("action", choices=("plan", "deploy"))
    parser.add_argument("--environment", required=True)
    parser.add_argument("--only", required=True, help="the shard's tenants, with commas")
    parser.add_argument("--bundle", type=Path, default=Path(".edgefleet/bundle"))
    parser.add_argument("--digest", default="", help="the SHA-256 that the bundle must have")
    parser.add_argument("--engine", default="api")
    parser.add_argument("--reason", default="")
    for name in ("--accept", "--force", "--allow-older", "--allow-foreign"):
        parser.add_argument(name, choices=("true", "false"), default="false")
    options = parser.parse_args(argv)
    return ended(lambda: _run(options))


def _run(options: argparse.Namespace) -> int:
    title = f"fleet-{options.environment}"
    try:
        if not os.environ.get(VARIABLE):
            raise CredentialError(
                f"the GitHub environment {title} has no variable {VARIABLE}",
                hint="gh variable set; docs/ci-cd.md says what it is for",
            )
        keep_to_own_records(Path.cwd(), options.action, title)
        return plan(options) if options.action == "plan" else deploy(options)
    except EdgefleetError as error:
        annotate("error", title, f"{error.message}\n{error.hint}")
        raise


def plan(options: argparse.Namespace) -> int:
    """Show what a deploy of the shard would change."""
    chosen = ("--tenants", options.only, "--env", options.environment)
    code, text = run_edgefleet("plan", *chosen, *_bundle(options))
    add_block("plan of a shard", text)
    keep_plan(f"shard-{options.environment}", text)
    return code


def deploy(options: argparse.Namespace) -> int:
    """Deploy the shard, and chat with what is live."""
    chosen = ("--tenants", options.only, "--env", options.environment, *_bundle(options))
    how = ["--parallel", PARALLEL, "--continue-on-error", "--engine", options.engine]
    how += ["--allow-irreversible"] * (options.accept == "true")
    how += ["--force"] * (options.force == "true")
    how += ["--allow-older"] * (options.allow_older == "true")
    how += ["--allow-foreign"] * (options.allow_foreign == "true")
    how += [f"--reason={options.reason}"] * bool(options.reason)
    code, out = run_edgefleet("deploy-all", *chosen, *how, "--format", "json")
    try:
        record = FleetRecord.model_validate_json(out)
    except ValidationError:
        show(out)
        return code
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
    """Chat with each Worker of the shard, once whole and once streamed.

    The secret EDGEFLEET_SMOKE_KEY of the shards' environment is a key that every tenant with API
    keys takes; without it those have no smoke test, and the page says so.
    """
    key = os.environ.pop(SMOKE, "")
    worst, untested = ExitCode.OK, []
    for one in proved:
        target = _target(one, environment)
        if key:
            os.environ[smoke_key_names(target)[0]] = key
        chosen = ("--tenants", one.tenant, "--env", environment)
        code, _, said = run_edgefleet_aside("health", *chosen, "--smoke")
        if code == ExitCode.INTERRUPTED:
            return code
        if code == ExitCode.CREDENTIALS and not key:
            untested.append(one.tenant)
        elif code != ExitCode.OK:
            worst = ExitCode.UNHEALTHY
            annotate("error", str(target), f"{SMOKE_FAILED}: {first_error(said)}")
            write_outcome(RESULTS, target, SMOKE_FAILED, first_error(said))
    if untested:
        words = f"no smoke test of {', '.join(untested)}: no secret {SMOKE}"
        annotate("notice", f"fleet-{environment}", words)
    return worst


def _superseded(one: TargetResult) -> bool:
    return one.error is not None and one.error.code == descent.SUPERSEDED


def _target(one: TargetResult, environment: Environment) -> Target:
    return Target(tenant=one.tenant, environment=environment)


def _bundle(options: argparse.Namespace) -> tuple[str, ...]:
    expected = ("--expect-digest", options.digest) if options.digest else ()
    return ("--bundle", str(options.bundle), *expected)


if __name__ == "__main__":
    sys.exit(main())
