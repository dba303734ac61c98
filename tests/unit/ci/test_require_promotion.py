"""Production takes what staging proved, and nothing else."""

from collections.abc import Iterator

import pytest

from edgefleet.model.target import Environment, Target
from handed_on import targets_text
from require_promotion import main
from support.github import github
from support.github_state import GitHub as StandIn

ALDER, BIRCH = (
    Target(tenant=name, environment=Environment.PRODUCTION) for name in ("alder", "birch")
)
COMMIT, DIGEST = "c" * 40, "d" * 64
ADDRESS = f"https://worker.example#bundle={DIGEST}"


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[StandIn]:
    """Serve GitHub's API, in which alder's staging proved the bundle."""
    with github() as state:
        for name, value in state.environ().items():
            monkeypatch.setenv(name, value)
        monkeypatch.delenv("GITHUB_STEP_SUMMARY", raising=False)
        state.deployed("alder-staging", COMMIT, url=ADDRESS)
        yield state


def promoted(*targets: Target, **more: str) -> int:
    options = {"targets": targets_text(targets), "digest": DIGEST, "commit": COMMIT, **more}
    return main([f"--{name}={value}" for name, value in options.items()])


def test_what_staging_proved_is_let_through(hub: StandIn) -> None:
    assert promoted(ALDER) == 0


def test_each_tenant_needs_a_proof_of_its_own(
    hub: StandIn, capsys: pytest.CaptureFixture[str]
) -> None:
    assert promoted(ALDER, BIRCH) == 2
    assert f"staging has not proved sha256:{DIGEST[:12]}" in (said := capsys.readouterr().err)
    assert "for birch\n" in said


@pytest.mark.parametrize("other", [{"commit": "e" * 40}, {"digest": "f" * 64}])
def test_another_commit_or_another_bundle_is_not_proved(
    hub: StandIn, other: dict[str, str]
) -> None:
    assert promoted(ALDER, **other) == 2


@pytest.mark.parametrize("state", ["failure", "in_progress"])
def test_a_deploy_that_did_not_end_well_proves_nothing(hub: StandIn, state: str) -> None:
    hub.deployed("birch-staging", COMMIT, state, url=ADDRESS)
    assert promoted(BIRCH) == 2


def test_in_an_emergency_it_is_skipped_with_a_reason_and_said(
    hub: StandIn, capsys: pytest.CaptureFixture[str]
) -> None:
    assert promoted(BIRCH, skip="true") == 2
    assert promoted(BIRCH, skip="true", reason="staging is down") == 0
    assert "not checked: staging is down" in capsys.readouterr().out


def test_without_a_token_nothing_is_proved(hub: StandIn, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GITHUB_TOKEN")
    assert promoted(ALDER) == 5
