"""States and changes are shown in colour, where colours are wanted. Trials: C5."""

import click
import pytest

from edgefleet.cli.output.show import coloured, show


@pytest.mark.parametrize(
    ("text", "word", "colour"),
    [
        ("acme-staging: healthy  version 1234", "healthy", "green"),
        ("acme-staging: unhealthy  http://x: no answer", "unhealthy", "red"),
        ("acme-staging: in sync", "in sync", "green"),
        ("2026-11-27  acme-staging  deploy  succeeded  1234", "succeeded", "green"),
        ("acme  0  failed  upload  1.0", "failed", "red"),
        ("  No changes.", "No changes.", "green"),
    ],
)
def test_a_state_is_coloured(text: str, word: str, colour: str) -> None:
    assert coloured(text) == text.replace(word, click.style(word, fg=colour))


@pytest.mark.parametrize(
    ("line", "colour"),
    [
        ("  + crons: [1]", "green"),
        ("  - bindings.CACHE: {}", "red"),
        ("  high   - bindings.CACHE: {}  (a deletion)", "red"),
        ("  low    ~ crons: [1] -> [2]", "yellow"),
    ],
)
def test_a_change_is_coloured_by_its_sign(line: str, colour: str) -> None:
    assert coloured(line) == click.style(line, fg=colour)


@pytest.mark.parametrize("text", ["unhealthy-ai-worker", "why: it failed", "a  failedly  b"])
def test_a_word_within_others_is_no_state(text: str) -> None:
    assert coloured(text) == text


@pytest.mark.parametrize(
    ("environ", "shown"),
    [({}, False), ({"FORCE_COLOR": "1"}, True), ({"FORCE_COLOR": "1", "NO_COLOR": "1"}, False)],
)
def test_a_pipe_gets_colours_only_where_they_are_forced(
    environ: dict[str, str],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    *,
    shown: bool,
) -> None:
    for name in ("NO_COLOR", "FORCE_COLOR"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    show("acme-staging: healthy  version 1")
    assert ("\x1b[" in capsys.readouterr().out) is shown
