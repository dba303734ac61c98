"""Stand-ins for third-party actions do what the real ones do, also where the cache is cold."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from support.act import STAND_INS, Act, act_copy
from support.project import ROOT

ACTIONS = ROOT / STAND_INS / "actions"


class Runner:
    """Runs the one step of a stand-in, as act does, in a separate workspace."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.artifacts = folder.with_name("artifacts")

    def uses(self, action: str, code: int = 0, **given: str) -> dict[str, str]:
        """Return the step's outputs."""
        described = yaml.safe_load((ACTIONS / action / "action.yml").read_text())
        inputs = {name: one.get("default", "") for name, one in described["inputs"].items()}
        inputs |= {name.replace("_", "-"): value for name, value in given.items()}
        (step,) = described["runs"]["steps"]
        environ = {
            name: inputs[text.removeprefix("${{ inputs.").removesuffix(" }}")]
            for name, text in step["env"].items()
        }
        output = self.folder.with_name("output")
        output.write_text("")
        ran = subprocess.run(
            ["bash", "-eo", "pipefail", "-c", step["run"]],
            cwd=self.folder,
            env={
                "PATH": os.environ["PATH"],
                "ACT_ARTIFACTS": str(self.artifacts),
                "GITHUB_OUTPUT": str(output),
                **environ,
            },
            capture_output=True,
            text=True,
        )
        assert ran.returncode == code, ran.stdout + ran.stderr
        return dict(line.split("=", 1) for line in output.read_text().splitlines())

    def files(self, folder: str = ".") -> set[str]:
        """Return the files below a folder of the workspace."""
        top = self.folder / folder
        return {file.relative_to(top).as_posix() for file in top.rglob("*") if file.is_file()}


@pytest.fixture
def runner(tmp_path: Path) -> Runner:
    """Make a workspace with a folder to upload."""
    made = Runner(tmp_path / "workspace")
    (made.folder / "out/inner").mkdir(parents=True)
    (made.folder / "out/empty").mkdir()
    (made.folder / "out/inner/file").write_text("text")
    (made.folder / "out/inner/file").chmod(0o755)
    (made.folder / "out/.hidden").write_text("text")
    (made.folder / "out/.folder").mkdir()
    (made.folder / "out/.folder/file").write_text("text")
    return made


def test_artifact_drops_hidden_files_modes_empty_folders(runner: Runner) -> None:
    runner.uses("upload-artifact", name="a", path="out")
    runner.uses("download-artifact", name="a", path="back")
    assert runner.files("back") == {"inner/file"}
    assert not (runner.folder / "back/empty").exists()
    assert (runner.folder / "back/inner/file").stat().st_mode & 0o777 == 0o644


def test_a_name_may_be_used_once_in_a_run(runner: Runner) -> None:
    runner.uses("upload-artifact", name="a", path="out")
    runner.uses("upload-artifact", code=1, name="a", path="out")
    runner.uses("upload-artifact", code=1, name="a/b", path="out")
    runner.uses("upload-artifact", code=1, name="b", path="none", if_no_files_found="error")


def test_what_took_an_artifacts_name_has_not_its_id(runner: Runner) -> None:
    first = runner.uses("upload-artifact", name="a", path="out")["artifact-id"]
    runner.uses("download-artifact", artifact_ids=first, path="first")
    assert runner.files("first") == {"inner/file"}
    second = runner.uses("upload-artifact", name="a", path="out", overwrite="true")["artifact-id"]
    assert second != first
    runner.uses("download-artifact", code=1, artifact_ids=first, path="gone")
    runner.uses("download-artifact", code=1, name="other", path="gone")


def test_the_only_match_of_a_pattern_goes_into_the_path_itself(runner: Runner) -> None:
    runner.uses("upload-artifact", name="drift-a", path="out")
    runner.uses("download-artifact", pattern="drift-*", path="one")
    assert runner.files("one") == {"inner/file"}
    runner.uses("upload-artifact", name="drift-b", path="out")
    runner.uses("download-artifact", pattern="drift-*", path="two")
    assert runner.files("two") == {"drift-a/inner/file", "drift-b/inner/file"}
    runner.uses("download-artifact", pattern="drift-*", path="merged", merge_multiple="true")
    assert runner.files("merged") == {"inner/file"}
    runner.uses("download-artifact", pattern="none-*", path="none")
    assert runner.files("none") == set()


COLD_MAKEFILE = """\
.PHONY: setup typecheck
setup:
	@echo "make setup"
	@test -d .venv || { echo "installing $(REQUIREMENTS)"; tests/fixtures/actions/lend.sh; }
typecheck:
	@echo "make typecheck"; echo written by a test > .venv/written-by-a-test
"""
"""Installs by lending what is installed here."""


@pytest.fixture(scope="module")
def cold(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Act]:
    """Copy the repository; there is nothing in the cache, and set-up is quick."""
    act = act_copy(tmp_path_factory.mktemp("act") / "copy")
    act.environ = {"ACT_COLD": "true", "ACT_BUILDS": str(ROOT / ".edgefleet")}
    act.write({"Makefile": COLD_MAKEFILE})
    yield act
    shutil.rmtree(act.folder)


def test_cold_cache_installs_and_saves_first(
    cold: Act,
) -> None:
    """Review 14, and part five: no run met a cold cache."""
    run = cold.run("gates.yml", "workflow_call", "-j", "typecheck")
    assert run.code == 0, run.said() + run.err
    said = run.said("typecheck")
    order = [
        "Cache not found for input keys: trees-",
        "installing requirements-dev.txt",
        "Cache saved with key: trees-",
        "make typecheck",
    ]
    places = [said.index(words) for words in order]
    assert places == sorted(places)
    (saved,) = (run.artifacts / ".saved").iterdir()
    assert "written-by-a-test" not in saved.read_text().split()
    assert {".venv", "node_modules"} <= {Path(each).name for each in saved.read_text().split()}
