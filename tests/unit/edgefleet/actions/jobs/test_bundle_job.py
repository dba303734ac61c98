"""What a job without a secret builds, and what it tells the jobs after it."""

from pathlib import Path

import pytest

import build_commits
from edgefleet.actions.jobs import bundle_job
from edgefleet.build.bundle_size import BuildResult, BundleSize
from support.bundles import numbered_bundle

ONE, TWO, THREE = "1" * 40, "2" * 40, "3" * 40
BUNDLE = numbered_bundle(1)


def test_a_commit_that_cannot_be_built_is_no_failure_of_the_job(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GITHUB_OUTPUT", str(tmp_path / "output"))
    weight = BundleSize(size=1, gzip_size=1, startup_ms=1)
    printed = BuildResult.of_bundle(BUNDLE, weight).model_dump_json()
    digest = BUNDLE.digest

    def run(*arguments: str) -> tuple[int, str, str]:
        if arguments[2] == TWO:
            return 6, "", "error: it is red\n"
        (bundle_job.BUNDLES / digest).mkdir(parents=True, exist_ok=True)
        return 0, printed, ""

    monkeypatch.setattr(bundle_job, "run_edgefleet_aside", run)
    asked = f"{ONE} {TWO} {ONE} {THREE}"
    assert build_commits.main(["--commits", asked, "--output", "out"]) == 0
    told = (tmp_path / "output").read_text()
    assert f"{ONE}={digest} {TWO}=failed {THREE}={digest}" in told
    assert [one.name for one in Path("out").iterdir()] == [digest]
    assert f"commit {TWO} was not built: it is red" in capsys.readouterr().out
