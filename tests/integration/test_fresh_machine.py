"""`make test-fresh`: a clone of the last commit, and no more programs than the README asks for."""

import subprocess

from support.project import ROOT

PROBE = (
    "probe: ; @command -v python3 git make bash; ! command -v node npm ps curl; git rev-parse HEAD"
)


def test_make_runs_in_a_clone_without_node_and_ps() -> None:
    head = subprocess.run(
        ["git", "rev-parse", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    done = subprocess.run(
        ["ci/test_fresh.sh", f"--eval={PROBE}", "probe"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    *programs, commit = done.stdout.split()
    assert [program.rpartition("/")[2] for program in programs] == [
        "python3",
        "git",
        "make",
        "bash",
    ]
    folders = {program.rpartition("/")[0] for program in programs}
    assert len(folders) == 1
    assert str(ROOT) not in folders.pop()
    assert commit == head.stdout.strip()
