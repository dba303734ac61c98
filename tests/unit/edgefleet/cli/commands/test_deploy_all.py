"""Wrong usage of `edgefleet deploy-all`, and of a rollback of many, is said in one line."""

from pathlib import Path

import pytest

from edgefleet.cli.main import main
from edgefleet.config.target import STAGING
from edgefleet.fleet.models import FleetOptions, FleetRecord, Outcome, TargetResult
from edgefleet.fleet.records.store import FleetRecords
from edgefleet.records.models import Action
from edgefleet.records.store import Records
from support.many import make_tenant
from support.records import NOON, run

LEFT = FleetRecord(
    environment=STAGING,
    conduct=FleetOptions(engine="api"),
    bundle_digest="d" * 64,
    started=NOON,
    members=(TargetResult(tenant="t000", outcome=Outcome.FAILED),),
    edgefleet_version="0",
)


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("t000", "t001"):
        make_tenant(tmp_path, name)
    (tmp_path / "src" / "worker").mkdir(parents=True, exist_ok=True)
    classes = "export class ChatSession {}\nexport class RateLimiter {}\n"
    (tmp_path / "src" / "worker" / "index.ts").write_text(classes)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ("--env dev", "dev runs on this machine and is never deployed"),
        ("--env nowhere", "there is no environment 'nowhere'"),
        ("--env all", "it is one environment that is meant here: staging, production"),
        ("", "Missing option '--env'"),
        ("--env staging --tenants t009", "there is no tenant 't009'"),
        (
            "--env staging --tenants t000 --exclude all",
            "--exclude all leaves no tenant of --tenants t000",
        ),
        ("--env staging --exclude ring:4", "no tenant is in ring 4"),
        ("--env staging --parallel 0", "0 is not in the range"),
        ("--env staging --parallel many", "'many' is not a valid integer"),
        ("--env staging --engine terraform", "'terraform' is not one of"),
        ("--env staging --expect-digest=", "'' is no SHA-256 of 64 hexadecimal digits"),
        ("--env staging --bundle nowhere", "'nowhere' does not exist"),
        ("--env staging --resume nowhere.json", "'nowhere.json' does not exist"),
        ("--env staging --canary 50,5", "must be shares that grow from step to step"),
        ("--env staging --canary some", "'some' is no list of shares, such as 5,25,50, nor none"),
        ("--env staging --canary none --soak 10m", "--canary none has no steps"),
        ("--env staging --canary 5 --soak soon", "'soon' is no duration"),
    ],
)
def test_wrong_options_are_refused(
    root: Path, options: str, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["deploy-all", *options.split()]) == 2
    assert said in capsys.readouterr().err


def test_a_fleet_without_tenants_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "tenants").mkdir()
    (tmp_path / "fleet.jsonc").write_text("{}")
    assert main(["deploy-all", "--env", "staging", "--root", str(tmp_path)]) == 2
    assert "tenants/ is empty" in capsys.readouterr().err
    assert main(["matrix", "--env", "staging", "--max-shards", "9", "--root", str(tmp_path)]) == 0
    assert capsys.readouterr().out == "[]\n"


@pytest.mark.parametrize(
    ("change", "options", "said"),
    [
        ({}, "--env staging --tenants t000", "--resume selects the tenants"),
        ({}, "--env production", "is the record of a deploy in staging, not of a deploy to"),
        ({"action": Action.ROLLBACK}, "--env staging", "is the record of a rollback in staging"),
        (
            {"members": (TargetResult(tenant="gone"),)},
            "--env staging",
            "there is no tenant 'gone'",
        ),
    ],
)
def test_a_record_that_cannot_be_resumed_is_refused(
    root: Path,
    change: dict[str, object],
    options: str,
    said: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    path = FleetRecords(root / "deployments").create(LEFT.model_copy(update=change))
    assert main(["deploy-all", "--resume", str(path), *options.split()]) == 2
    assert said in capsys.readouterr().err


def test_a_run_of_which_nothing_is_left_is_done(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    done = (TargetResult(tenant="t000", outcome=Outcome.SUCCEEDED),)
    path = FleetRecords(root / "deployments").create(LEFT.model_copy(update={"members": done}))
    assert main(["deploy-all", "--env", "staging", "--resume", str(path)]) == 0
    assert "nothing is left of that run" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ("--tenants all", "--tenants all is refused"),
        ("--tenants t000 --ring 0", "--tenants all is refused"),
        ("--tenants all --ring 3", "no tenant is in ring 3"),
        ("--tenants all --ring -1", "-1 is not in the range"),
        ("--tenants t000,t001 --to 0123456789", "--to goes with one tenant"),
        ("--tenants t000 --run deployments/x.json", "--run goes without --tenants"),
        ("--run fleet-staging-20200101T000000Z", "there is no record of a run"),
    ],
)
def test_a_rollback_of_many_refuses_what_is_for_one(
    root: Path, options: str, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["rollback", "--env", "staging", *options.split()]) == 2
    assert said in capsys.readouterr().err


@pytest.mark.parametrize("name", ["*", "/etc/passwd", "**", "all", "ring:0", "../t000"])
def test_a_record_names_tenants_and_selects_none(
    root: Path, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Review 18: a selector among the members of a record would mean other targets."""
    path = FleetRecords(root / "deployments").create(LEFT)
    path.write_text(path.read_text().replace("t000", name))
    for command in (
        ["deploy-all", "--env", "staging", "--resume", str(path)],
        ["rollback", "--run", str(path)],
    ):
        if name == "all" and command[0] == "rollback":
            continue  # it failed there: there is nothing to roll back
        assert main(command) == 2
        said = capsys.readouterr().err
        assert "is no record of a run" in said or "there is no tenant 'all'" in said


def test_a_resume_does_not_bring_back_what_was_rolled_back(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A3: the release was rolled back in ring 1; the resume would have gone on to ring 2."""
    done = TargetResult(tenant="t001", outcome=Outcome.SUCCEEDED)
    members = (*LEFT.members, done)
    path = FleetRecords(root / "deployments").create(LEFT.model_copy(update={"members": members}))
    Records(root / "deployments").create(run(60, 61, tenant="t001", action=Action.ROLLBACK))
    resume = ["deploy-all", "--env", "staging", "--resume", str(path)]
    assert main(resume) == 2
    said = capsys.readouterr().err
    assert "was rolled back since at 1 of its 2 targets: t001" in said
    assert "--allow-rolled-back" in said


def test_what_reads_records_takes_all_environments_by_that_word(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """C10: `all` was taken by drift and matrix alone, and another hint led to a refusal."""
    assert main(["history", "--env", "all", "--offline"]) == 0
    assert "nothing is known of any deploy" in capsys.readouterr().out
    assert main(["history", "--env", "dev"]) == 2
    assert "edgefleet dev --tenant NAME" in capsys.readouterr().err
    assert main(["health", "--tenants", "t000", "--env", "all"]) == 2
    assert "it is one environment that is meant here" in capsys.readouterr().err


@pytest.mark.parametrize("command", ["deploy", "tag", "dev"])
@pytest.mark.parametrize("tenant", ["all", "ring:0", "t0*", "t000,t001"])
def test_a_command_on_one_tenant_takes_no_selector(
    root: Path, command: str, tenant: str, capsys: pytest.CaptureFixture[str]
) -> None:
    environment = [] if command == "dev" else ["--env", "staging"]
    assert main([command, "--tenant", tenant, *environment]) == 2
    assert f"{command} takes one tenant" in capsys.readouterr().err


def test_unreadable_labels_are_exit_4(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (root / "tenants" / "t001" / "tenant.config.json").write_text("{")
    assert main(["validate", "--tenants", "ring:0"]) == 4
    assert "tenants/t001/tenant.config.json does not tell its ring" in capsys.readouterr().err
