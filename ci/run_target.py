"""Do one thing with one target, and show it on the page of the run: plan, deploy, rollback, drift.

The token comes from CLOUDFLARE_API_TOKEN, as the target's own GitHub environment gives it. The
step's output `url` says where the Worker answers, and what that proves (see docs/ci-cd.md).
"""

import argparse
import json
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory

from edgefleet.errors import CredentialError, ExitCode
from edgefleet.flows.hold import was_held
from edgefleet.model.drift import Drift, State
from edgefleet.model.github import BUNDLE, ROLLBACK
from edgefleet.model.record import Action, Record, Status
from edgefleet.model.target import Environment, Target
from edgefleet.ports.credentials import PLAIN, SMOKE, smoke_key_names
from edgefleet.ports.drifts import read_drifts, write_drifts
from edgefleet.ports.github import github_of
from edgefleet.ports.github_deployments import recent_deployments
from edgefleet.ports.records import Records
from edgefleet.reports.drift import drift_sarif, drift_text
from edgefleet.reports.record import record_text
from edgefleet.reports.rollback import rollback_text
from edgefleet.rules.github_deployments import was_deployed
from edgefleet.rules.masks import masked_drift
from steps import add_block, annotate, cleaner, ended, run_edgefleet, set_output

RESULTS = Path(".edgefleet/results")
"""What becomes the target's artifact, besides its records."""


@dataclass(frozen=True)
class Step:
    """One target, and what was asked of it."""

    target: Target
    options: argparse.Namespace

    @property
    def chosen(self) -> tuple[str, ...]:
        """The options of edgefleet that name the target."""
        return ("--tenant", self.target.tenant, "--env", self.target.environment)

    def plan(self) -> int:
        """Show what a deploy would change."""
        code, text = run_edgefleet("plan", *self.chosen, "--bundle", self.options.bundle)
        add_block(f"{self.target}: plan", text, "diff")
        return code

    def deploy(self) -> int:
        """Deploy; what changed nothing must be healthy all the same."""
        options = ["--bundle", self.options.bundle, "--engine", self.options.engine]
        options += ["--force"] * (self.options.force == "true")
        options += ["--accept-irreversible"] * (self.options.accept == "true")
        options += [f"--reason={self.options.reason}"] * bool(self.options.reason)
        code, _ = run_edgefleet("deploy", *self.chosen, *options, "--format", "json")
        record = self._told()
        if record and was_held(record):  # since the targets were chosen
            return ExitCode.OK
        if record and record.status is Status.UNCHANGED:
            code, text = run_edgefleet("health", *self.chosen)
            add_block(f"{self.target}: health", text)
        if record and code == ExitCode.OK:
            set_output("url", f"{record.url}#{BUNDLE}{record.bundle_digest}")
            return self.smoke()
        return code

    def smoke(self) -> int:
        """Chat with what is live, once whole and once streamed; nothing is taken back for it.

        A tenant whose callers need API keys lends one of them: without it there is no smoke test,
        and the run's page says so.
        """
        key = os.environ.pop(SMOKE, "")
        if key:
            os.environ[smoke_key_names(self.target)[0]] = key
        code, text = run_edgefleet("health", *self.chosen, "--smoke")
        if code == ExitCode.CREDENTIALS and not key:
            annotate("notice", str(self.target), f"no smoke test: no secret {SMOKE}")
            return ExitCode.OK
        add_block(f"{self.target}: smoke test", text)
        return code

    def rollback(self) -> int:
        """Return to an earlier version."""
        options = [f"--to={self.options.to}", f"--reason={self.options.reason}"]
        options += ["--accept-changed-secrets"] * (self.options.accept == "true")
        code, _ = run_edgefleet("rollback", *self.chosen, *options, "--format", "json")
        record = self._told()
        if record and code == ExitCode.OK:
            set_output("url", f"{record.url}#{ROLLBACK}")
        return code

    def drift(self) -> int:
        """Look; drift is reported by another job, so that here red means: could not look.

        A secret in clear among what is live is drift to be reported, so it is masked before
        anything stands where artifacts are collected, which refuses what holds one. Only GitHub
        knows here whether a script that is not there was ever deployed.
        """
        code, found = self._looked()
        if any(one.state is State.NOT_DEPLOYED for one in found) and self._was_deployed():
            code, found = self._looked("--deployed")
        clean = cleaner()
        drifts = [masked_drift(drift, clean) for drift in found]
        write_drifts(RESULTS / "drift.json", drifts)
        log = drift_sarif(drifts, version("edgefleet"))
        (RESULTS / "drift.sarif").write_text(json.dumps(log, indent=2) + "\n")
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

    def _told(self) -> Record | None:
        """Show the record of what was done, and return it."""
        record = Records(Path("deployments")).last(self.target)
        if record is None:
            return None
        add_block(f"{self.target}: {record.action}", _text(record))
        if record.error:
            level = "notice" if was_held(record) else "error"
            annotate(level, str(self.target), f"{record.error.message}\n{record.error.hint}")
        return record


def main(argv: Sequence[str] | None = None) -> int:
    """Return edgefleet's exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("action", choices=("plan", "deploy", "rollback", "drift"))
    parser.add_argument("--tenant", required=True)
    parser.add_argument("--environment", type=Environment, required=True)
    parser.add_argument("--bundle", default=".edgefleet/bundle")
    parser.add_argument("--engine", default="api")
    parser.add_argument("--force", choices=("true", "false"), default="false")
    parser.add_argument("--accept", choices=("true", "false"), default="false")
    parser.add_argument("--to", default="previous")
    parser.add_argument("--reason", default="")
    options = parser.parse_args(argv)
    step = Step(Target(tenant=options.tenant, environment=options.environment), options)
    return ended(lambda: _run(step))


def _run(step: Step) -> int:
    if not os.environ.get(PLAIN):
        raise CredentialError(
            f"the GitHub environment of {step.target} has no secret {PLAIN}",
            hint=f"gh secret set {PLAIN} --env NAME; docs/ci-cd.md has the names",
        )
    RESULTS.mkdir(parents=True, exist_ok=True)
    if step.options.action == "deploy":
        # To be seen; where it cannot be made, the deploy fails for the same reason.
        if step.plan() == ExitCode.INTERRUPTED:
            return ExitCode.INTERRUPTED
        return step.deploy()
    return int(getattr(step, step.options.action)())


def _text(record: Record) -> str:
    if record.error:
        return f"{record.target}: {record.status}\n  {record.error.message}"
    return rollback_text(record) if record.action is Action.ROLLBACK else record_text(record)


if __name__ == "__main__":
    sys.exit(main())
