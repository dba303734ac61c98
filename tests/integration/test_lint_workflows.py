"""The second linter of the workflows, asked as `make lint` asks it."""

from pathlib import Path

from lint_workflows import diagnostics

BROKEN = """\
name: broken
on: push
jobs:
  call:
    uses: ./.github/workflows/called.yml
    with:
      misspelt: ${{ githb.sha }}
"""
CALLED = """\
name: called
on:
  workflow_call:
    inputs:
      spelt:
        type: string
jobs:
  one:
    runs-on: ubuntu-24.04
    steps:
      - run: "true"
"""


def test_it_finds_an_unknown_context_and_an_unknown_input(tmp_path: Path) -> None:
    folder = tmp_path / ".github/workflows"
    folder.mkdir(parents=True)
    (folder / "broken.yml").write_text(BROKEN)
    (folder / "called.yml").write_text(CALLED)
    found = list(diagnostics(tmp_path, sorted(folder.iterdir())))
    assert [line.split(" ")[0] for line in found] == [".github/workflows/broken.yml:7:"] * 2
    assert "githb" in found[0] + found[1]
    assert "misspelt" in found[0] + found[1]
