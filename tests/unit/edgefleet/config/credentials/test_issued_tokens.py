"""review 9: tokens that a program hands out are masked in a job, and found by its later steps."""

import sys
from pathlib import Path

import pytest

from edgefleet.config.credentials.issued_tokens import FILE, IssuedTokens, announce
from edgefleet.core.secret import Secret
from edgefleet.github.workflow_log import WORKFLOW_LOG

TOKEN = "canary-%-of-the-vault-9c1f"


def test_a_job_is_told_to_mask_a_token_once_it_is_handed_out(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    announce(Secret(TOKEN), {"GITHUB_ACTIONS": "true", "RUNNER_TEMP": str(tmp_path)})
    assert capfd.readouterr() == ("", "::add-mask::canary-%25-of-the-vault-9c1f\n")
    assert TOKEN not in (tmp_path / FILE).read_text()


def test_outside_of_a_job_nothing_is_said_or_written(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    announce(Secret(TOKEN), {"RUNNER_TEMP": str(tmp_path)})
    assert capfd.readouterr() == ("", "")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (f'{{"message": "no such token: {TOKEN}"}}', True),
        (f"xx{TOKEN}yy", True),
        (TOKEN[:-1], False),
        ("", False),
    ],
)
def test_a_later_step_finds_a_token_that_it_does_not_know(
    tmp_path: Path, text: str, *, found: bool
) -> None:
    job = {"GITHUB_ACTIONS": "true", "RUNNER_TEMP": str(tmp_path)}
    announce(Secret("another-token-of-the-job"), job)
    announce(Secret(TOKEN), job)
    assert IssuedTokens(job).found_in(text) is found


@pytest.mark.parametrize("job", [{}, {"RUNNER_TEMP": "/nowhere"}])
def test_a_step_of_no_job_finds_nothing(job: dict[str, str]) -> None:
    assert not IssuedTokens(job).found_in(TOKEN)


def test_a_step_that_stops_commands_lets_this_one_through(
    capfd: pytest.CaptureFixture[str],
) -> None:
    """Also where a progress line on a terminal is not ended: a command begins a line."""
    with WORKFLOW_LOG.without_commands():
        sys.stdout.write("\x1b[?25l")
        announce(Secret("canary-of-a-step"), {"GITHUB_ACTIONS": "true"})
    lines = [line for line in capfd.readouterr().out.splitlines() if line.startswith("::")]
    mask = lines.index("::add-mask::canary-of-a-step")
    stop = lines[mask + 1].removeprefix("::stop-commands::")
    assert lines[mask - 1] == f"::{lines[mask - 2].removeprefix('::stop-commands::')}::"
    assert lines[mask + 2] == f"::{stop}::"
