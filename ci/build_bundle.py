"""Build the bundle into a folder, and hand on its digest as the step's output `digest`."""

import argparse
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path

from edgefleet.build.bundle_size import BuildResult
from edgefleet.errors import ExitCode
from steps import add_summary, run_edgefleet, set_output

BUNDLES = Path(".edgefleet/bundles")
"""Where `edgefleet build` leaves what it built."""


def main(argv: Sequence[str] | None = None) -> int:
    """Build the Worker that every target gets; return edgefleet's exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--output", type=Path, required=True, help="the folder to write")
    output: Path = parser.parse_args(argv).output
    code, out = run_edgefleet("build", "--format", "json")
    if code == ExitCode.OK:
        digest = BuildResult.model_validate_json(out).digest
        shutil.copytree(BUNDLES / digest, output)
        set_output("digest", digest)
        add_summary(f"bundle `sha256:{digest}`")
    return code


if __name__ == "__main__":
    sys.exit(main())
