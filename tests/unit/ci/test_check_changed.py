"""`make check`: which files differ, and which unit tests are theirs."""

import subprocess
from pathlib import Path

from check_changed import changed, unit_tests


def git(folder: Path, *arguments: str) -> None:
    who = ("-c", "user.name=tester", "-c", "user.email=tester@example.com")
    subprocess.run(["git", *who, *arguments], cwd=folder, check=True)


def write(root: Path, *names: str) -> None:
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(name)


def test_what_differs_from_a_branch_is_found(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q", "-b", "main")
    write(tmp_path, "same.py", "edited.py", "removed.py", "page.md")
    git(tmp_path, "add", "-A")
    git(tmp_path, "commit", "-q", "-m", "first")
    git(tmp_path, "switch", "-q", "-c", "mine")
    write(tmp_path, "committed.py", "new.md")
    git(tmp_path, "add", "-A")
    git(tmp_path, "commit", "-q", "-m", "second")
    (tmp_path / "edited.py").write_text("x")
    (tmp_path / "removed.py").unlink()
    write(tmp_path, "untracked.py")
    assert changed(tmp_path, "main") == ["committed.py", "edited.py", "untracked.py"]


def test_module_has_tests_of_its_name_or_package(tmp_path: Path) -> None:
    write(tmp_path, "tests/unit/edgefleet/plan/test_diff.py", "tests/unit/ci/test_steps.py")
    assert unit_tests(tmp_path, ["src/edgefleet/plan/diff.py"]) == [
        "tests/unit/edgefleet/plan/test_diff.py"
    ]
    assert unit_tests(tmp_path, ["src/edgefleet/plan/plan.py", "src/edgefleet/plan/diff.py"]) == [
        "tests/unit/edgefleet/plan"
    ]
    assert unit_tests(tmp_path, ["ci/steps.py", "tests/integration/test_plan.py"]) == [
        "tests/unit/ci/test_steps.py"
    ]
