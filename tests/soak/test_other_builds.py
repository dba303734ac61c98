"""Workers that wrangler's bundler alone does not build: on this machine, and built twice."""

import subprocess
from pathlib import Path

import pytest
import requests

from support.other_workers import BUILT, make_other
from support.ports import end_group, free_port, wait_for
from support.project import Project, Ran

ANSWERS = {
    "scripted": "hello from a script",
    "custom-build": "made by a command",
    "prebuilt": "built",
}


def answer(port: int, path: str = "/") -> str:
    try:
        return requests.get(f"http://127.0.0.1:{port}{path}", timeout=5).text
    except requests.RequestException:
        return ""


@pytest.mark.parametrize("name", BUILT)
def test_it_runs_on_this_machine(tmp_path: Path, name: str) -> None:
    project, port = make_other(tmp_path, name), free_port()
    process = subprocess.Popen(
        project.command("dev", "--tenant", "alder", "--", "--port", str(port)),
        cwd=project.root,
        env=project.environment({}),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        text=True,
        start_new_session=True,
    )
    try:
        wait_for(lambda: answer(port) == ANSWERS[name], "wrangler dev to serve", 120)
    finally:
        end_group(process)


def test_build_that_holds_its_folder_says_so(
    tmp_path: Path,
) -> None:
    line = "console.log(`export const from = '${process.cwd()}'`);"
    ran = [build_with(make_other(tmp_path / each, "custom-build"), line) for each in "ab"]
    assert ran[0].out == ran[1].out
    assert "note: index.js holds the path of the folder that it was built in" in ran[0].err


def test_a_build_that_differs_each_time_says_so(tmp_path: Path) -> None:
    project = make_other(tmp_path, "custom-build")
    first = build_with(project, "console.log(`export const at = ${process.hrtime.bigint()}n;`);")
    again = project.run("build", "--no-cache")
    assert first.out != again.out
    assert "the same files gave sha256:" in again.err
    assert "they differ in index.js" in again.err


def build_with(project: Project, line: str) -> Ran:
    """Build with one more line in the script that makes the main module."""
    made = project.root / "src/worker/tools/make.mjs"
    made.write_text(f"{made.read_text()}\n{line}")
    return project.run("build")
