"""Build the bundle of a run, and hand its digest to later jobs."""

import shutil
from pathlib import Path

from edgefleet.actions.github_actions import add_summary, run_edgefleet, set_output
from edgefleet.build.bundle_size import BuildResult
from edgefleet.errors import ExitCode

BUNDLES = Path(".edgefleet/bundles")
"""Where `edgefleet build` leaves what it built."""


def build_bundle(output: Path) -> int:
    """Build the Worker into a folder, set the step's output `digest`; return the exit code."""
    code, out = run_edgefleet("build", "--format", "json")
    if code == ExitCode.OK:
        digest = BuildResult.model_validate_json(out).digest
        shutil.copytree(BUNDLES / digest, output)
        set_output("digest", digest)
        add_summary(f"bundle `sha256:{digest}`")
    return code
