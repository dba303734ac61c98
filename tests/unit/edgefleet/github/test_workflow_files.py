"""The names of the workflows of a repository."""

from pathlib import Path

from edgefleet.github.workflow_files import workflow_file


def test_a_repository_of_ours_has_the_short_name(tmp_path: Path) -> None:
    assert workflow_file(tmp_path, "deploy") == "deploy.yml"


def test_a_workflow_that_edgefleet_wrote_is_found_by_its_name(tmp_path: Path) -> None:
    written = tmp_path / ".github/workflows/edgefleet-deploy.yml"
    written.parent.mkdir(parents=True)
    written.touch()
    assert workflow_file(tmp_path, "deploy") == "edgefleet-deploy.yml"
    assert workflow_file(tmp_path, "drift") == "drift.yml"
