"""The copy of the tree in which act runs workflows."""

from pathlib import Path

import pytest

from act_copy import NO_CACHE, UNKNOWN_TO_ACT, USES, commit, copy, main
from edgefleet.errors import UsageError

JOB = """\
    environment:
      name: ${{ matrix.github_environment }}
      deployment: ${{ !inputs.dry_run }}
    concurrency:
      group: target-${{ matrix.target }}
      queue: max # without it a third run would take the place of the second
    steps:
      - uses: github/codeql-action/upload-sarif@0123456789012345678901234567890123456789 # v4
"""


def test_a_folder_that_exists_is_never_written_to(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([str(tmp_path)]) == 2
    assert f"{tmp_path} exists" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_a_copy_is_brought_up_to_date_unless_it_was_changed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """C17: a second copy into the same folder was refused."""
    root, folder = tmp_path / "root", tmp_path / "copy"
    (root / ".github").mkdir(parents=True)
    (root / "file").write_text("first")
    commit(root)
    copy(root, folder)
    (root / "file").write_text("second")
    copy(root, folder)
    assert (folder / "file").read_text() == "second"
    (folder / "file").write_text("mine")
    with pytest.raises(UsageError, match="was changed since it was copied"):
        copy(root, folder)
    assert (folder / "file").read_text() == "mine"


def test_a_job_with_a_secret_is_lent_the_trees_too() -> None:
    job = 'with:\n          cache: "false" # beside a secret\n'
    assert NO_CACHE.sub(r'\1 "true"', f"        {job}") == f"        {job}".replace("false", "true")


def test_keys_that_act_does_not_know_are_left_out_and_no_others() -> None:
    kept = UNKNOWN_TO_ACT.sub("", JOB).splitlines()
    assert [line.split()[0] for line in kept] == [
        "environment:",
        "name:",
        "concurrency:",
        "group:",
        "steps:",
        "-",
    ]


def test_an_action_in_a_folder_is_stood_in_for_by_its_repository() -> None:
    assert [found["action"] for found in USES.finditer(JOB)] == ["github/codeql-action"]
