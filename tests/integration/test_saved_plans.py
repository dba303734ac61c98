"""`plan --output` and `deploy --plan`: what was reviewed is deployed, or nothing is."""

from pathlib import Path

from integration.conftest import TENANTS, Stage
from integration.test_overwritten import API, cloudflare, deploy, live

ONE = TENANTS[0]
PLAN = ("plan", "--tenants", "all", "--env", "staging", "--output")


def test_a_reviewed_plan_is_deployed_once(quick_stage: Stage, tmp_path: Path) -> None:
    """Behind an edit of the dashboard's, or its own deploy, it is refused before any write."""
    stage, file = quick_stage, str(tmp_path / "plans.json")
    bundle = ("--bundle", str(stage.bundle))
    planned = stage.project.run(*PLAN, file, *bundle)
    assert planned.code == 0, planned.said
    assert "first upload" in planned.out
    done = deploy(stage, "staging", "--plan", file)
    assert done.code == 0, done.said
    first = live(stage, "staging")

    writes = len(stage.writes())
    again = deploy(stage, "staging", "--plan", file)
    assert again.code == 2, again.said
    assert "no longer holds: how it is deployed, the deployment in force" in again.err
    assert stage.writes()[writes:] == []
    assert stage.project.records()[-1]["status"] == "failed"

    assert stage.project.run(*PLAN, file, *bundle).code == 0
    cloudflare(stage, "staging", "PUT", "/schedules", [{"cron": "1 1 * * *"}])
    behind = deploy(stage, "staging", "--plan", file)
    assert behind.code == 2, behind.said
    assert "the changes changed since" in behind.err
    assert live(stage, "staging") == first

    assert stage.project.run(*PLAN, file, *bundle).code == 0
    reviewed = deploy(stage, "staging", "--plan", file)
    assert reviewed.code == 0, reviewed.said


def test_another_bundle_than_the_reviewed_one_is_refused(
    quick_stage: Stage, tmp_path: Path
) -> None:
    stage, file = quick_stage, tmp_path / "plans.json"
    planned = stage.project.run(*PLAN, str(file), "--bundle", str(stage.bundle))
    assert planned.code == 0, planned.said
    worker = stage.project.root / "src/worker/index.ts"
    worker.write_text(worker.read_text() + '\nexport const MORE = "more";\n')
    options = ("--tenant", ONE, "--env", "staging", *API, "--plan", str(file))
    refused = stage.project.run("deploy", *options)
    assert refused.code == 2, refused.said
    assert "the bundle" in refused.err
