"""release.yml, run by act: what was built once is what is tested, signed and published."""

import shutil
import subprocess
from collections.abc import Iterator

import pytest

from support.act import Act, act_copy
from support.project import ROOT

TAG = "v0.2.0"
TESTED = '#!/bin/sh\nsha256sum < "$1" >> "$ACT_ARTIFACTS/.tested"\n'
"""Stands in for the test of a package, which installs hundreds of megabytes."""


@pytest.fixture(scope="module")
def act(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Act]:
    """Copy the repository, with a tag and what it needs to be one of a release."""
    act = act_copy(tmp_path_factory.mktemp("act") / "copy")
    changelog = (act.folder / "CHANGELOG.md").read_text()
    release = changelog.replace("## Unreleased", "## Unreleased\n\n## 0.2.0 - 2026-11-28", 1)
    act.write({"CHANGELOG.md": release, "ci/test_package.sh": TESTED})
    for command in (["tag", TAG], ["update-ref", "refs/remotes/origin/main", "HEAD"]):
        subprocess.run(["git", *command], cwd=act.folder, check=True)
    act.environ = {"GITHUB_REF_NAME": TAG, "ACT_BUILDS": str(ROOT / ".edgefleet")}
    yield act
    shutil.rmtree(act.folder)


def test_the_artifact_that_was_tested_is_released(act: Act) -> None:
    run = act.run("release.yml", "push", "--matrix", "python:3.11")
    assert run.code == 0, run.said() + run.err
    assert set(run.jobs.values()) == {"success"}
    assert len(run.jobs) == 5
    built = {path.name for path in (run.artifacts / "release/packages").iterdir()}
    assert built == {"edgefleet-0.2.0-py3-none-any.whl", "edgefleet-0.2.0.tar.gz"}
    assert set((run.artifacts / ".published").read_text().split()) == built
    tested = (run.artifacts / ".tested").read_text()
    assert tested.strip()
    assert tested in (run.artifacts / ".attested").read_text()
    released = (run.artifacts / ".released").read_text()
    assert released.startswith(f"release create {TAG} --verify-tag")
    assert all(name in released for name in {*built, "edgefleet-0.2.0.cdx.json"})
