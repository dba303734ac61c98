"""`edgefleet upgrade`: what edgefleet wrote, what a person made of it, and what it writes now."""

import shutil
import subprocess
from pathlib import Path

import pytest

from edgefleet.cli.main import main
from edgefleet.errors import ConfigError, UsageError
from edgefleet.onboard.project.models import FileState, ProjectChange
from edgefleet.onboard.project.project_files import write_files
from edgefleet.onboard.project.upgrade import conflicts, planned_upgrade
from edgefleet.onboard.project.workflows import ActionSource
from edgefleet.onboard.project.written_files import WRITTEN, read_written, remembered, written_files

FLOW = ".github/workflows/edgefleet-deploy.yml"
OLD = "name: deploy\n\non: push\n\njobs:\n  a:\n    timeout-minutes: 10\n    uses: x@1\n"
NEW = OLD.replace("x@1", "x@2")
SOURCE = ActionSource(repository="own/er", commit="1" * 40, version="0.1.0")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Make a repository in which an older edgefleet wrote a workflow."""
    subprocess.run(["git", "init", "-q", tmp_path], check=True)
    (tmp_path / FLOW).parent.mkdir(parents=True)
    (tmp_path / FLOW).write_text(OLD)
    write_files(tmp_path, [remembered(tmp_path, written_files({FLOW: OLD}, SOURCE))])
    commit(tmp_path)
    return tmp_path


def commit(root: Path) -> None:
    for words in (
        ["add", "-A"],
        ["-c", "user.name=a", "-c", "user.email=a@b", "commit", "-qm", "x"],
    ):
        subprocess.run(["git", *words], cwd=root, check=True)


def edited(root: Path, text: str) -> None:
    """Write the workflow as a person does, and commit it."""
    (root / FLOW).write_bytes(text.encode())
    commit(root)


def upgraded(root: Path) -> ProjectChange:
    change = planned_upgrade(root, {}, written_files({FLOW: NEW}, SOURCE))
    write_files(root, change.files)
    return change


def test_untouched_file_becomes_the_new_one(root: Path) -> None:
    assert [file.state for file in upgraded(root).files] == [FileState.CHANGED, FileState.CHANGED]
    assert (root / FLOW).read_text() == NEW
    commit(root)
    assert not upgraded(root).written


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_edits_elsewhere_are_kept(root: Path, end: str) -> None:
    mine = OLD.replace("on: push", "on: [push, workflow_dispatch]").replace("\n", end)
    edited(root, mine)
    upgraded(root)
    assert (root / FLOW).read_bytes().decode() == mine.replace("x@1", "x@2")
    commit(root)
    assert not upgraded(root).written


def test_both_sides_of_a_conflict_stand_in_the_file(root: Path) -> None:
    edited(root, OLD.replace("x@1", "mine@1"))
    change = upgraded(root)
    assert list(conflicts(change)) == [f"{FLOW}:8"]
    text = (root / FLOW).read_text()
    assert text.splitlines()[7:] == [
        "<<<<<<< yours",
        "    uses: mine@1",
        "=======",
        "    uses: x@2",
        ">>>>>>> this edgefleet",
    ]


def test_removed_file_stays_removed(root: Path) -> None:
    (root / FLOW).unlink()
    commit(root)
    upgraded(root)
    assert not (root / FLOW).exists()


def test_uncommitted_edits_are_not_touched(root: Path) -> None:
    (root / FLOW).write_text(OLD + "# mine\n")
    with pytest.raises(UsageError, match="not committed"):
        upgraded(root)
    assert (root / FLOW).read_text() == OLD + "# mine\n"


def test_file_of_another_hand_is_kept_and_named(root: Path) -> None:
    (root / WRITTEN).unlink()
    commit(root)
    change = upgraded(root)
    assert change.notes == (f"{FLOW} was not written by edgefleet, and stays as it is",)
    assert (root / FLOW).read_text() == OLD


@pytest.mark.parametrize("text", ["", "{}", '{"schema_version": 2, "version": "9", "files": {}}'])
def test_broken_memory_is_named(root: Path, text: str) -> None:
    (root / WRITTEN).write_text(text)
    with pytest.raises(ConfigError, match=r"written\.json is not what edgefleet wrote"):
        upgraded(root)


def test_schema_is_written_again(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(root)
    assert main(["init"]) == 0
    schema = root / "schemas/edgefleet/fleet.schema.json"
    whole = schema.read_text()
    schema.write_text("{}")
    commit(root)
    assert main(["upgrade"]) == 0
    assert schema.read_text() == whole


def test_workflows_move_to_another_commit(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(root)
    shutil.rmtree(root / ".github")
    (root / WRITTEN).unlink()
    assert main(["init", "--actions", f"own/er@{'1' * 40}"]) == 0
    file = root / FLOW
    file.write_text(file.read_text().replace("timeout-minutes: 120", "timeout-minutes: 60"))
    commit(root)
    assert main(["upgrade"]) == 0
    commit_ = "2" * 40
    assert main(["upgrade", "--actions", f"own/er@{commit_}"]) == 0
    text = file.read_text()
    assert "1" * 40 not in text
    assert f"own/er/.github/actions/setup@{commit_}" in text
    assert "timeout-minutes: 60" in text


def test_second_init_leaves_the_commit_to_upgrade(
    root: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(root)
    shutil.rmtree(root / ".github")
    (root / WRITTEN).unlink()
    assert main(["init", "--actions", f"own/er@{'1' * 40}"]) == 0
    commit(root)
    capsys.readouterr()
    assert main(["init", "--actions", f"own/er@{'2' * 40}"]) == 0
    said = capsys.readouterr().out
    assert "nothing to do" in said
    assert "edgefleet upgrade with the same --actions moves them" in said
    assert main(["upgrade", "--actions", f"own/er@{'2' * 40}"]) == 0
    assert "1" * 40 not in (root / FLOW).read_text()


def test_init_keeps_in_mind_what_was_written_before(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(root)
    assert main(["init", "--actions", f"own/er@{'1' * 40}"]) == 0
    known = read_written(root)
    assert known is not None
    assert known.files[FLOW] == OLD
    assert len(known.files) == 6
