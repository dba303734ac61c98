"""Deploy one shard of a fleet, or show its plans: many targets on one runner.

Tokens come from the program that EDGEFLEET_CREDENTIAL_COMMAND names, one target at a time.
"""

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from edgefleet.errors import CredentialError, ExitCode
from edgefleet.model.bundle import Manifest
from edgefleet.model.github import BUNDLE
from edgefleet.ports.bundles import MANIFEST
from edgefleet.ports.credential_command import VARIABLE
from steps import add_block, ended, run_edgefleet, set_output

PARALLEL = "4"


def main(argv: Sequence[str] | None = None) -> int:
    """Return edgefleet's exit code; the output `url` says what was proved, where all went well."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("action", choices=("plan", "deploy"))
    parser.add_argument("--environment", required=True)
    parser.add_argument("--only", required=True, help="the shard's tenants, with commas")
    parser.add_argument("--bundle", type=Path, default=Path(".edgefleet/bundle"))
    parser.add_argument("--engine", default="api")
    parser.add_argument("--accept", choices=("true", "false"), default="false")
    parser.add_argument("--force", choices=("true", "false"), default="false")
    options = parser.parse_args(argv)
    return ended(lambda: _run(options))


def _run(options: argparse.Namespace) -> int:
    if not os.environ.get(VARIABLE):
        raise CredentialError(
            f"the GitHub environment fleet-{options.environment} has no variable {VARIABLE}",
            hint="gh variable set; docs/ci-cd.md says what it is for",
        )
    bundle, environment = str(options.bundle), options.environment
    if options.action == "plan":
        return _shown("plan", "--tenant", options.only, "--env", environment, "--bundle", bundle)
    chosen = ("--only", options.only, "--env", environment, "--bundle", bundle)
    how = ["--parallel", PARALLEL, "--continue-on-error", "--engine", options.engine]
    how += ["--accept-irreversible"] * (options.accept == "true")
    how += ["--force"] * (options.force == "true")
    code = _shown("deploy-all", *chosen, *how)
    if code == ExitCode.OK:
        digest = Manifest.model_validate_json((options.bundle / MANIFEST).read_bytes()).digest
        page = f"{os.environ.get('GITHUB_SERVER_URL')}/{os.environ.get('GITHUB_REPOSITORY')}"
        set_output("url", f"{page}/deployments#{BUNDLE}{digest}")
    return code


def _shown(command: str, *arguments: str) -> int:
    code, text = run_edgefleet(command, *arguments)
    add_block(f"{command} of a shard", text)
    return code


if __name__ == "__main__":
    sys.exit(main())
