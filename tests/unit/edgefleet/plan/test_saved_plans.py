"""Plans in a file: what is written, what is read, and what no longer holds."""

from pathlib import Path

import pytest

from edgefleet.cloudflare.models import TrafficShare
from edgefleet.config.target import PRODUCTION, STAGING, Target
from edgefleet.errors import UsageError
from edgefleet.plan.saved_plans import COMPARED, check_saved, read_plan, write_plans
from edgefleet.state.models import Change, ChangeKind, DeployStrategy, Plan

TARGET = Target(tenant="acme", environment=STAGING)
SECRET = "sk-" + "proj-" + "Zq8" * 16
PLAN = Plan(
    target=TARGET,
    script="acme-staging",
    account_id="a" * 32,
    bundle_digest="b" * 64,
    course=DeployStrategy.VERSION,
    why="the bundle differs",
    changes=(Change(path="vars.KEY", kind=ChangeKind.CHANGED, before=SECRET, after="new"),),
    deployment_id="d1",
    traffic=(TrafficShare(version_id="v1", percentage=100),),
)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "plans.json"
    write_plans(path, [PLAN])
    return path


def test_the_same_plan_holds(file: Path) -> None:
    check_saved(read_plan(file, TARGET), PLAN)


def test_masked_secret_is_still_compared(file: Path) -> None:
    assert "Zq8Zq8" not in file.read_text()
    edited = PLAN.changes[0].model_copy(update={"before": f"{SECRET}9"})
    with pytest.raises(UsageError, match="the changes changed since"):
        check_saved(read_plan(file, TARGET), PLAN.model_copy(update={"changes": (edited,)}))


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"deployment_id": "d2"}, "the deployment in force"),
        ({"traffic": (TrafficShare(version_id="v2", percentage=100),)}, "the traffic of versions"),
        ({"bundle_digest": "c" * 64}, "the bundle"),
        ({"loses": ("shop.example",)}, "the hosts that the script would lose"),
        ({"missing_secrets": ("KEY",)}, "the missing secrets"),
    ],
)
def test_what_changed_since_is_named(file: Path, changed: dict[str, object], words: str) -> None:
    with pytest.raises(UsageError, match=f"no longer holds: {words} changed since") as caught:
        check_saved(read_plan(file, TARGET), PLAN.model_copy(update=changed))
    assert "edgefleet plan --tenants acme --env staging --output FILE" in caught.value.hint


def test_what_records_alone_know_does_not_matter(file: Path) -> None:
    check_saved(read_plan(file, TARGET), PLAN.model_copy(update={"live_commit": "1f0c9ad"}))


def test_each_compared_field_is_one_of_a_plan() -> None:
    assert set(COMPARED) <= set(Plan.model_fields)


@pytest.mark.parametrize("text", ["", "[]", "{", '{"plans": [{"plan": {}}]}', "\ud800"])
def test_another_file_is_wrong_usage(tmp_path: Path, text: str) -> None:
    path = tmp_path / "other.json"
    path.write_text(text, errors="surrogatepass")
    with pytest.raises(UsageError, match="is no file of plans"):
        read_plan(path, TARGET)


def test_a_file_without_the_target_is_wrong_usage(file: Path) -> None:
    with pytest.raises(UsageError, match="has no plan of acme-production"):
        read_plan(file, Target(tenant="acme", environment=PRODUCTION))


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(UsageError, match="cannot write to"):
        write_plans(tmp_path / "file" / "plans.json", [PLAN])
