"""Build the bundles of a run, in a job without a secret, and hand their digests to later jobs."""

import shutil
from collections.abc import Iterable
from pathlib import Path

from edgefleet.actions.github_actions import (
    add_summary,
    annotate,
    run_edgefleet,
    run_edgefleet_aside,
    set_output,
)
from edgefleet.actions.jobs.shown_record import first_error
from edgefleet.build.built import FAILED
from edgefleet.build.bundle_size import BuildResult
from edgefleet.errors import ExitCode

BUNDLES = Path(".edgefleet/bundles")
"""Where `edgefleet build` leaves what it built, and a look at drift finds what was built for it."""


def build_bundle(output: Path, ref: str = "") -> int:
    """Build the Worker into a folder, set the step's output `digest`; return the exit code.

    `ref` names the commit to build; empty: the working tree.
    """
    if ref:
        code, out, said = run_edgefleet_aside("build", "--ref", ref, "--format", "json")
        if code != ExitCode.OK:
            annotate("error", "build", first_error(said))
    else:
        code, out = run_edgefleet("build", "--format", "json")
    if code == ExitCode.OK:
        digest = BuildResult.model_validate_json(out).digest
        shutil.copytree(BUNDLES / digest, output)
        set_output("digest", digest)
        add_summary(f"bundle `sha256:{digest}`")
    return code


def build_commits(commits: Iterable[str], output: Path) -> int:
    """Build each commit into a folder of its digest; set the output `built`; return the exit code.

    `built` holds COMMIT=SHA256 for each, or COMMIT=failed: the jobs after it say what that means
    for their targets.
    """
    built: list[str] = []
    output.mkdir(exist_ok=True)
    for commit in dict.fromkeys(commits):
        code, out, said = run_edgefleet_aside("build", "--ref", commit, "--format", "json")
        if code == ExitCode.INTERRUPTED:
            return code
        digest = FAILED
        if code == ExitCode.OK:
            digest = BuildResult.model_validate_json(out).digest
            shutil.copytree(BUNDLES / digest, output / digest, dirs_exist_ok=True)
        else:
            annotate("warning", "build", f"commit {commit} was not built: {first_error(said)}")
        built.append(f"{commit}={digest}")
    set_output("built", " ".join(built))
    add_summary("\n".join(["bundles", "", *(f"- `{one}`" for one in built)]))
    return ExitCode.OK
