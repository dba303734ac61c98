"""How a step hands on what it found."""

from pathlib import Path

import pytest

from edgefleet.actions.github_actions import (
    add_block,
    add_summary,
    annotate,
    ended,
    set_output,
    show,
)
from edgefleet.errors import UsageError
from support.hostile import COMMANDS
from support.streams import real_streams


def test_an_output_may_have_several_lines_or_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "output"
    monkeypatch.setenv("GITHUB_OUTPUT", str(file))
    set_output("matrix", '{"a":\n1}')
    set_output("nothing", "")
    first, *rest = file.read_text().splitlines()
    assert first.startswith("matrix<<")
    assert rest == ['{"a":', "1}", first.removeprefix("matrix<<"), "nothing="]


def test_outside_a_workflow_all_is_printed(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("GITHUB_STEP_SUMMARY", raising=False)
    add_summary("| a |")
    annotate("error", "a: title", "two\nlines")
    assert capsys.readouterr().out == "| a |\n::error title=a%3A title::two%0Alines\n"


def test_a_value_cannot_begin_another_output(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Review 8: the end of a value is a word that the value cannot know."""
    monkeypatch.setenv("GITHUB_OUTPUT", str(tmp_path / "output"))
    ends = set()
    for _ in range(2):
        set_output("url", "x\nend-of-this-value\nevil=1")
        ends.add((tmp_path / "output").read_text().splitlines()[-1])
    assert len(ends) == 2


def test_foreign_text_in_a_step_of_a_workflow_commands_nothing(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """Review 8: also in an error, and in what an annotation repeats."""
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(tmp_path / "page"))

    def run() -> None:
        show(COMMANDS)
        annotate("warning", COMMANDS, COMMANDS)
        raise UsageError(COMMANDS)

    with real_streams():
        assert ended(run) == 2
    lines = capfd.readouterr().out.splitlines()
    assert lines[0].startswith("::stop-commands::")
    (warning,) = (at for at, line in enumerate(lines) if line.startswith("::warning"))
    assert lines[warning - 1] == f"::{lines[0].removeprefix('::stop-commands::')}::"
    assert lines[warning + 1].startswith("::stop-commands::")
    assert "%0A:: " not in lines[warning]
    assert "%0A::" not in lines[warning]
    assert lines[-1] == f"::{lines[warning + 1].removeprefix('::stop-commands::')}::"
    assert any(line.startswith("::error::pwned") for line in lines[warning + 2 : -1])


def test_a_page_holds_what_fits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """R32: of a page over 1 MiB GitHub shows nothing at all."""
    page = tmp_path / "page"
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(page))
    for number in range(30):
        add_block(f"part {number}", "```\nline\n" * 5_000)
    text = page.read_text()
    assert len(text.encode()) < 2**20
    assert "### part 0\n\n````text\n```\nline\n" in text
    assert "more lines do not fit on this page" in text
