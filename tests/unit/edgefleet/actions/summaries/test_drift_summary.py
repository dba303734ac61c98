"""The summary of a look at many targets, and how it fails."""

from pathlib import Path

import pytest

import summarize_drift
from edgefleet.drift.models import Drift
from support.drifts import drift_of, write_drifts
from support.fleet import make_fleet

CANARY = "canary-value-of-a-secret"


@pytest.fixture(autouse=True)
def summary(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Stand in a step of GitHub Actions; return the file of its summary."""
    file = tmp_path / "summary.md"
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(file))
    monkeypatch.setenv("CLOUDFLARE_API_TOKEN", CANARY)
    monkeypatch.chdir(make_fleet(tmp_path))
    return file


def report(*drifts: Drift) -> int:
    write_drifts(Path("reports/drift.json"), drifts)
    return summarize_drift.main(["reports", "--targets", '{"staging": "alder,birch"}'])


def test_all_in_sync_is_a_table_and_exit_0(summary: Path) -> None:
    assert report(drift_of("alder"), drift_of("birch")) == 0
    text = summary.read_text()
    assert "0 drifting, 2 in sync, 0 not deployed, 0 not seen" in text
    assert "| alder-staging | in sync |" in text


def test_drift_is_counted_by_severity_shown_in_full_and_exit_3(
    summary: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert report(drift_of("alder"), drift_of("birch", ONE="1", TWO="2")) == 3
    text = summary.read_text()
    assert "| birch-staging | drift |  | 2 |  |" in text
    assert '+ vars.TWO: "2"' in text
    assert text.index("| birch-staging") < text.index("| alder-staging")
    assert "::warning title=drift::" in capsys.readouterr().out


def test_what_is_not_deployed_is_told_apart_from_what_is_in_sync(summary: Path) -> None:
    absent = drift_of("birch").model_copy(update={"deployed": False})
    assert report(drift_of("alder"), absent) == 0
    text = summary.read_text()
    assert "0 drifting, 1 in sync, 1 not deployed, 0 not seen" in text
    assert "| birch-staging | not deployed |" in text


def test_a_target_in_no_report_is_not_in_sync_but_a_failure(
    summary: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert report(drift_of("alder", ONE="1")) == 6
    assert "| birch-staging | COULD NOT LOOK |" in summary.read_text()
    assert "no check succeeded at birch-staging" in capsys.readouterr().err


def test_every_target_is_expected_where_none_is_named(
    capsys: pytest.CaptureFixture[str],
) -> None:
    file = write_drifts(Path("drift.json"), [drift_of("alder"), drift_of("birch")])
    assert summarize_drift.main([str(file)]) == 6
    assert "alder-production, birch-production" in capsys.readouterr().err


def test_a_summary_stays_small_enough_for_github_to_show(summary: Path) -> None:
    many = [drift_of(f"tenant-{number}", NOTE="\U0001f600" * 30_000) for number in range(30)]
    report(*many, drift_of("alder"), drift_of("birch"))
    text = summary.read_text()
    assert len(text.encode()) < 2**20
    assert "5 more drifting targets are in the reports alone" in text
    assert text.count("| drift |") == 30


def test_no_secret_gets_into_the_summary(summary: Path) -> None:
    report(drift_of("alder", NOTE=CANARY), drift_of("birch"))
    assert CANARY not in summary.read_text()


def test_words_of_others_break_no_cell(summary: Path) -> None:
    odd = drift_of("alder").model_copy(update={"script": "x"})
    odd = odd.model_copy(update={"expected": odd.expected.model_copy(update={"commit": "a|b\n|c"})})
    report(odd, drift_of("birch"))
    assert "a\\|b \\|c" in summary.read_text()


@pytest.mark.parametrize("targets", ["{", "alder-staging"])
def test_targets_that_are_none_are_wrong_usage(summary: Path, targets: str) -> None:
    assert summarize_drift.main([".", "--targets", targets]) == 2
    assert not summary.exists()


def test_a_report_that_cannot_be_read_is_wrong_usage(summary: Path) -> None:
    assert summarize_drift.main(["missing.json"]) == 2
    assert not summary.exists()


def test_a_night_without_any_target_is_red(
    summary: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """F9: the job `targets` failed, so that its output is empty."""
    Path("reports").mkdir()
    assert summarize_drift.main(["reports", "--targets", ""]) == 6
    assert "the job `targets` says why" in capsys.readouterr().err
