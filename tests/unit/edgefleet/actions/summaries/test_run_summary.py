"""The page of a run: how every target ended, and what is left to do."""

import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from edgefleet.actions.jobs.outcomes import (
    NO_PLAN,
    SMOKE_FAILED,
    Told,
    keep_outcome,
    write_outcome,
)
from edgefleet.actions.targets.job_outputs import skipped_text, targets_text
from edgefleet.actions.targets.select_targets import SkippedTarget
from edgefleet.config.target import PRODUCTION, STAGING, Target
from edgefleet.records.models import Record, RecordedError, Status
from edgefleet.records.store import Records
from summarize_run import main
from support.github import github
from support.records import run

CEDAR = Target(tenant="cedar", environment=STAGING)
INPUTS = {"dry_run": False, "environment": "staging", "reason": "", "tenants": "all"}


@pytest.fixture
def page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the file of the run's page."""
    file = tmp_path / "page"
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(file))
    monkeypatch.setenv("GITHUB_REF_NAME", "main")
    monkeypatch.delenv("GITHUB_TOKEN", raising=False)
    return file


def summarized(
    folder: Path,
    records: list[Record],
    *,
    asked: str | None = None,
    aside: Sequence[SkippedTarget] = (),
    plans: str = "",
    started: str = "",
    **inputs: object,
) -> int:
    for record in records:
        Records(folder / "deployments").create(record)
    targets = targets_text([record.target for record in records]) if asked is None else asked
    given = json.dumps({**INPUTS, **inputs})
    options = ["--targets", targets, "--inputs", given, "--skipped", skipped_text(aside)]
    options += ["--plans", plans] * bool(plans) + ["--started", started]
    return main(["--workflow", "deploy.yml", *options, "--records", str(folder)])


def test_what_ended_well_needs_no_command(tmp_path: Path, page: Path) -> None:
    good = run(0, 2.5, version_id="0d379ff0-740a", url="https://acme.example")
    same = run(0, 1, tenant="birch", status=Status.UNCHANGED)
    assert summarized(tmp_path, [good, same], reason="release 7") == 0
    text = page.read_text()
    assert "Reason: release 7\n" in text
    assert "### 2 of 2 targets" in text
    assert "[acme-staging](https://acme.example) | succeeded | 0d379ff0 |" in text
    assert "gh workflow run" not in text


def test_what_failed_and_what_never_ran_stand_in_the_command(tmp_path: Path, page: Path) -> None:
    error = RecordedError(code="unhealthy", message="it | said\nno")
    failed = run(0, 2, status=Status.RESTORED, error=error)
    good = run(0, 1, tenant="birch")
    targets = [failed.target, good.target]
    lost = targets[0].model_copy(update={"tenant": "cedar"})
    assert summarized(tmp_path, [failed, good], asked=targets_text([*targets, lost])) == 10
    text = page.read_text()
    assert "it \\| said no" in text
    assert "| cedar-staging | not run |" in text
    assert (
        "gh workflow run deploy.yml --ref main -f environment=staging -f tenants=acme,cedar" in text
    )


def test_a_dry_run_and_a_run_without_work_are_no_failures(tmp_path: Path, page: Path) -> None:
    assert summarized(tmp_path, [], dry_run=True) == 0
    assert summarized(tmp_path, []) == 0
    assert "Nothing to do" in page.read_text()


def test_where_no_target_was_chosen_it_says_so_and_is_red(tmp_path: Path, page: Path) -> None:
    assert summarized(tmp_path, [], asked="") == 10
    assert "No target was chosen" in page.read_text()


def test_missing_record_is_an_annotation(
    tmp_path: Path,
    page: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """F4: a target was deployed, and its artifact was lost."""
    for name, value in (
        ("SERVER_URL", "https://github.com"),
        ("REPOSITORY", "o/n"),
        ("RUN_ID", "7"),
    ):
        monkeypatch.setenv(f"GITHUB_{name}", value)
    monkeypatch.delenv("GITHUB_TOKEN", raising=False)
    options = ["--workflow", "deploy.yml", "--inputs", json.dumps(INPUTS), "--started", "failure"]
    asked = ["--targets", targets_text([CEDAR]), "--records", str(tmp_path)]
    assert main([*options, *asked]) == 10
    assert (
        "::error title=no record::no record arrived from cedar-staging" in capsys.readouterr().out
    )
    text = page.read_text()
    assert "| cedar-staging | no record |" in text
    assert "(https://github.com/o/n/actions/runs/7#artifacts)" in text


def test_thousands_of_failures_fit_githubs_page(tmp_path: Path, page: Path) -> None:
    error = RecordedError(code="unhealthy", message="no " * 100_000)
    records = [run(0, 1, tenant="acme")]
    records += [run(0, 1, tenant=f"t{n}", status=Status.FAILED, error=error) for n in range(4)]
    lost = [CEDAR.model_copy(update={"tenant": f"c{n:05}"}) for n in range(15_500)]
    asked = targets_text([*(record.target for record in records), *lost])
    assert summarized(tmp_path, records, asked=asked, tenants="ring:0") == 10
    text = page.read_text()
    assert len(text.encode()) < 2**20
    assert text.startswith("### 1 of 15505 targets\n")
    assert "| t0-staging | failed |" in text
    assert "more do not fit on this page" in text
    assert "acme-staging" not in text
    assert "-f environment=staging -f tenants=ring:0 -f" in text


def test_hostile_record_stays_inside_its_cell(tmp_path: Path, page: Path) -> None:
    """Review 8: a link, an image, HTML and a mention stood in the table."""
    error = RecordedError(code="unhealthy", message="![i](http://evil) <img> @all\n::error::x|y")
    failed = run(0, 1, status=Status.FAILED, error=error, url="javascript:alert(1)")
    assert summarized(tmp_path, [failed], reason="```\n<details> [x](http://evil)") == 10
    text = page.read_text()
    (row,) = (line for line in text.splitlines() if line.startswith("| acme-staging |"))
    assert r"\!\[i\](http:/\/evil) \<img\> \@all" in row
    assert r"\|y |" in row
    assert "javascript" not in text
    assert r"Reason: \` \`\` \<details\> \[x\](http:/\/evil)" in text
    assert text.count("````sh\n") == 1
    assert text.rstrip().endswith("\n````")


def test_an_environment_of_a_record_is_its_own(tmp_path: Path, page: Path) -> None:
    production = run(0, 1, environment=PRODUCTION)
    asked = targets_text([run(0, 1).target])
    assert summarized(tmp_path, [production], asked=asked) == 10


def test_skipped_target_is_no_failure_and_not_left_to_do(tmp_path: Path, page: Path) -> None:
    frozen = RecordedError(code="held", message="birch is frozen until noon")
    since = run(0, 1, tenant="birch", status=Status.FAILED, error=frozen)
    aside = [SkippedTarget(CEDAR, "held", "pinned to commit 1f0c9ad")]
    assert summarized(tmp_path, [run(0, 2), since], aside=aside, force=True) == 0
    text = page.read_text()
    assert "### 2 of 2 targets" in text
    assert "| birch-staging | held |  |  |  |  | birch is frozen until noon |" in text
    assert "| cedar-staging | held |  |  |  |  | pinned to commit 1f0c9ad |" in text
    assert "gh workflow run" not in text


def test_where_all_are_left_alone_they_are_shown_all_the_same(tmp_path: Path, page: Path) -> None:
    aside = [SkippedTarget(CEDAR, "not set up", "no environment")]
    assert summarized(tmp_path, [], aside=aside) == 0
    assert "Nothing to do" in page.read_text()
    assert "| cedar-staging | not set up |" in page.read_text()


def test_failed_smoke_test_and_unread_plan_are_rows(tmp_path: Path, page: Path) -> None:
    """F4: the page and the colour of a run agree."""
    deployed = run(0, 1, version_id="0d379ff0-740a")
    write_outcome(tmp_path / "x", deployed.target, SMOKE_FAILED, "it answered 503")
    write_outcome(tmp_path / "plans", CEDAR, NO_PLAN, "no secret")
    assert summarized(tmp_path, [deployed], plans=str(tmp_path / "plans")) == 10
    text = page.read_text()
    assert "### 0 of 1 targets" in text
    assert "| acme-staging | deployed, smoke test failed | 0d379ff0 |" in text
    assert "it answered 503" in text
    assert "| cedar-staging | plan not shown |" in text
    assert "*Re-run failed jobs*" in text


def test_what_a_newer_deploy_was_quicker_with_is_well_as_it_is(tmp_path: Path, page: Path) -> None:
    """F1."""
    error = RecordedError(code="superseded", message="a is older than b")
    record = run(0, 1, status=Status.FAILED, error=error)
    write_outcome(tmp_path, record.target, "superseded", error.message)
    assert summarized(tmp_path, [record]) == 0
    assert "| acme-staging | superseded |" in page.read_text()


@pytest.mark.parametrize(
    ("started", "said"),
    [("success", "no record"), ("failure", "no record"), ("skipped", "not run")],
)
def test_missing_record_differs_from_a_job_that_did_not_run(
    tmp_path: Path, page: Path, started: str, said: str
) -> None:
    """F4: the artifact was lost."""
    asked = targets_text([CEDAR])
    assert summarized(tmp_path, [], asked=asked, started=started) == 10
    assert f"| cedar-staging | {said} |" in page.read_text()


def test_address_that_the_runner_dropped_is_named(
    tmp_path: Path,
    page: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """F11."""
    with github() as hub:
        for name, value in {**hub.environ(), "GITHUB_RUN_ID": "8001"}.items():
            monkeypatch.setenv(name, value)
        hub.deployed("acme-staging", "c" * 40, url="")
        hub.deployed("birch-staging", "c" * 40, url="")
        assert summarized(tmp_path, [run(0, 1), run(0, 1, tenant="birch")]) == 0
    out = capsys.readouterr().out
    assert "::warning title=no address::acme-staging: GitHub shows no address" in out
    assert "birch-staging: GitHub" not in out
    assert "a value of some secret stands in the address" in page.read_text()


def test_what_deployed_nothing_on_purpose_has_no_address_to_miss(
    tmp_path: Path,
    page: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """F11."""
    held = RecordedError(code="held", message="frozen")
    with github() as hub:
        for name, value in {**hub.environ(), "GITHUB_RUN_ID": "8001"}.items():
            monkeypatch.setenv(name, value)
        hub.deployed("acme-staging", "c" * 40, url="")
        assert summarized(tmp_path, [run(0, 1, status=Status.FAILED, error=held)]) == 0
    assert "GitHub shows no address" not in capsys.readouterr().out


@pytest.mark.parametrize("good", [True, False])
def test_a_canary_stands_in_the_table_as_its_job_tells(
    tmp_path: Path, page: Path, good: bool
) -> None:
    """A schedule has no inputs with which a person could start it again."""
    target = Target(tenant="acme", environment=STAGING)
    keep_outcome(tmp_path, Told(target=target, outcome="canary at 25 %", why="so far", good=good))
    options = ["--workflow", "canary.yml", "--targets", targets_text([target]), "--inputs", "null"]
    assert main([*options, "--records", str(tmp_path)]) == (0 if good else 10)
    text = page.read_text()
    assert f"### {int(good)} of 1 targets" in text
    assert "canary at 25 % |" in text
    assert "gh workflow run" not in text
