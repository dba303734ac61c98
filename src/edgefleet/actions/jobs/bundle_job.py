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
        code, digest, why = _built(ref)
        if code != ExitCode.OK:
            annotate("error", "build", why)
    else:
        code, out = run_edgefleet("build", "--format", "json")
        digest = _digest(out) if code == ExitCode.OK else ""
    if code == ExitCode.OK:
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
        code, digest, why = _built(commit)
        if code == ExitCode.INTERRUPTED:
            return code
        if code == ExitCode.OK:
            shutil.copytree(BUNDLES / digest, output / digest, dirs_exist_ok=True)
        else:
            annotate("warning", "build", f"commit {commit} was not built: {why}")
        built.append(f"{commit}={digest}")
    set_output("built", " ".join(built))
    add_summary("\n".join(["bundles", "", *(f"- `{one}`" for one in built)]))
    return ExitCode.OK


def _built(commit: str) -> tuple[int, str, str]:
    """Return edgefleet's exit code, the digest or `FAILED`, and why it failed."""
    code, out, said = run_edgefleet_aside("build", "--ref", commit, "--format", "json")
    if code == ExitCode.OK:
        return code, _digest(out), ""
    return code, FAILED, first_error(said)


def _digest(out: str) -> str:
    return BuildResult.model_validate_json(out).digest
