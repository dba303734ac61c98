"""The summary of a run over a fleet."""

import shlex

from edgefleet.config.target import STAGING
from edgefleet.fleet.models import FleetOptions, FleetRecord, Outcome, RingStep, TargetResult
from edgefleet.fleet.report import fleet_text, what_is_left
from edgefleet.records.canary_steps import PooledCounts, Verdict, VersionCounts
from edgefleet.records.models import Action, RecordedError
from support.records import NOON

PATH = "deployments/fleet-staging-20260301T120000Z.json"
MEMBERS = (
    TargetResult(tenant="acme", outcome=Outcome.SUCCEEDED, seconds=1.24, version_id="0123456789"),
    TargetResult(
        tenant="birch",
        ring=1,
        outcome=Outcome.FAILED,
        error=RecordedError(code="cloudflare", message="refused\nin detail"),
    ),
    TargetResult(tenant="cedar", outcome=Outcome.HELD, why="frozen until tomorrow: holidays"),
    TargetResult(tenant="dogwood"),
)


def record(
    conduct: FleetOptions, *members: TargetResult, action: Action = Action.DEPLOY
) -> FleetRecord:
    return FleetRecord(
        environment=STAGING,
        action=action,
        conduct=conduct,
        started=NOON,
        members=members or MEMBERS,
        edgefleet_version="0",
    )


def test_each_target_has_a_line_and_the_end_a_command() -> None:
    lines = fleet_text(record(FleetOptions(engine="api")), PATH).splitlines()
    assert lines[2].split() == ["acme", "0", "succeeded", "1.2", "01234567"]
    assert lines[3].split() == ["birch", "1", "failed", "refused"]
    assert lines[4].endswith("frozen until tomorrow: holidays")
    assert lines[5].split() == ["dogwood", "0", "not", "begun"]
    assert "1 not begun, 1 succeeded, 1 skipped, 1 failed" in lines
    assert lines[-2] == "to do what is left (2):"
    assert lines[-1] == f"  edgefleet deploy-all --env staging --engine api --resume {PATH}"


def test_each_hint_stands_once_with_the_tenants_that_it_helps() -> None:
    error = RecordedError(code="credentials", message="no token", hint="set TOKEN")
    failed = [
        TargetResult(tenant=name, outcome=Outcome.FAILED, error=error) for name in ("acme", "birch")
    ]
    lines = fleet_text(record(FleetOptions(engine="api"), *failed), PATH).splitlines()
    assert lines.count("  acme, birch -> set TOKEN") == 1
    assert "set TOKEN" not in lines[2]


def test_the_command_goes_about_it_as_the_run_did() -> None:
    conduct = FleetOptions(
        engine="wrangler",
        parallel=8,
        continue_on_error=True,
        max_failures="10%",
        force=True,
        accept_irreversible=True,
        health_timeout=5,
    )
    words = shlex.split(what_is_left(record(conduct), PATH))
    assert words == [
        *("edgefleet", "deploy-all", "--env", "staging", "--engine", "wrangler", "--parallel", "8"),
        *("--continue-on-error", "--max-failures", "10%", "--force"),
        *("--allow-irreversible", "--health-timeout", "5"),
        *("--resume", PATH),
    ]


def test_the_command_leads_to_the_repository_where_it_must() -> None:
    command = what_is_left(record(FleetOptions(engine="api")), PATH, ["--root", "/my fleet"])
    assert command.endswith(f"--resume {PATH} --root '/my fleet'")


def test_a_rollback_names_the_tenants_that_are_left() -> None:
    left = what_is_left(record(FleetOptions(engine="none"), action=Action.ROLLBACK), PATH)
    assert left == "edgefleet rollback --tenants birch,dogwood --env staging"


def test_large_fleet_lists_only_notable_targets() -> None:
    many = [MEMBERS[0].model_copy(update={"tenant": f"t{number}"}) for number in range(60)]
    text = fleet_text(record(FleetOptions(engine="api"), *many, MEMBERS[1]), PATH)
    assert "t17" not in text
    assert "birch" in text
    assert "60 succeeded, 1 failed" in text


def test_a_run_that_left_nothing_ends_with_its_record() -> None:
    lines = fleet_text(record(FleetOptions(engine="api"), MEMBERS[0]), PATH).splitlines()
    assert lines[-1] == f"record: {PATH}"


def judged(alone: str | None, verdict: Verdict, reason: str = "") -> RingStep:
    pooled = PooledCounts(
        targets=4,
        alone=alone,
        old=VersionCounts(requests=1_200, errors=6),
        new=VersionCounts(requests=300, errors=1),
    )
    return RingStep(
        ring=1, share=5, started=NOON, seconds=60, pooled=pooled, verdict=verdict, reason=reason
    )


def test_the_summary_says_who_gave_each_verdict() -> None:
    steps = (judged(None, Verdict.GOOD), judged("acme", Verdict.BAD, "its errors are no chance"))
    ended = record(FleetOptions(engine="api")).model_copy(update={"canaries": steps})

    lines = fleet_text(ended, PATH).splitlines()

    counts = "1 error in 300 requests of the new version, 6 errors in 1,200 requests of the old"
    assert f"ring 1, canary at 5 % of 4 targets: good, judged together: {counts}" in lines
    assert (
        f"ring 1, canary at 5 % of 4 targets: bad, judged by acme alone: {counts}; "
        "its errors are no chance"
    ) in lines


def test_what_is_left_has_the_same_canary() -> None:
    conduct = FleetOptions(engine="api", steps=(5.0, 12.5), soak=90.0)

    assert "--canary 5,12.5 --soak 90s" in what_is_left(record(conduct), PATH)
