"""How a step hands on what it found."""

from pathlib import Path

import pytest

from steps import add_summary, annotate, set_output


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
