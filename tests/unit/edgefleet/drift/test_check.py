"""What a target is compared with, and what becomes of one that was never deployed."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from edgefleet.build.built import BuiltBundles, NotBuilt
from edgefleet.build.render import rendered_config
from edgefleet.cloudflare.models import LiveState, Version
from edgefleet.cloudflare.worker.bundle import Bundle
from edgefleet.config.credentials.lookup import Credentials
from edgefleet.config.target import DEFAULT_ENVIRONMENTS, PRODUCTION, STAGING, Target
from edgefleet.config.tenant import Pin, Tenant
from edgefleet.config.validate import require_valid
from edgefleet.core.worktrees import Worktrees
from edgefleet.drift.baseline import require_merged
from edgefleet.drift.check import DriftCheck, DriftDependencies, check_target, check_targets
from edgefleet.drift.models import Baseline, Drift, DriftFinding, DriftSeverity, State
from edgefleet.drift.report import drift_text
from edgefleet.errors import ConfigError, UsageError
from edgefleet.records.signature import OWN_MESSAGE
from edgefleet.records.store import Records
from edgefleet.state.flat_state import desired_state
from edgefleet.state.models import FlatState
from support.bundles import numbered_bundle
from support.fleet import make_fleet
from support.lineage import KnownLineage
from support.past import PastAccount, by_hand, made, put_back
from support.records import deployed, run

UNSIGNED = {"message": None}
ALDER = Target(tenant="alder", environment=STAGING)
BUNDLE = numbered_bundle(0)
SEPTEMBER, OCTOBER = "9" * 40, "a" * 40


class Known(Worktrees):
    """A repository in which each commit has the same files."""

    def __init__(self, root: Path) -> None:
        self.root = root

    @property
    def head(self) -> str | None:
        return OCTOBER

    def commit(self, ref: str) -> str | None:
        return next((one for one in (SEPTEMBER, OCTOBER) if one.startswith(ref)), None)

    def folder(self, commit: str | None) -> Path:
        return self.root


class Observed:
    """Sees what the files of a tenant ask for; with `LOG_LEVEL` edited by hand."""

    def __init__(self, tenant: Tenant) -> None:
        self._tenant = tenant

    def facts(
        self,
        script: str,
        live: LiveState,
        desired: FlatState | None = None,
    ) -> FlatState:
        if live.deployment is None:
            return {}
        found = desired_state(rendered_config(self._tenant, ALDER.environment, BUNDLE), BUNDLE)
        return {**found, "vars.LOG_LEVEL": "edited"}


@dataclass
class Scene:
    """A script whose versions were live in their order, and the records of this machine."""

    root: Path
    tenant: Tenant
    account: PastAccount = field(default_factory=lambda: PastAccount([], []))
    lineage: KnownLineage = field(default_factory=KnownLineage)

    def live(self, *versions: Version) -> None:
        self.account.made += versions
        for version in versions:
            self.account.past.insert(0, deployed(60 * version.number, version.id, source="api"))

    def recorded(self, number: int, **fields: Any) -> None:
        given = {"tenant": "alder", "version_id": f"v{number}", "git_commit": SEPTEMBER}
        Records(self.root / "deployments").create(
            run(60 * number, 60 * number, **{**given, **fields})
        )

    def ports(self, bundle: Callable[..., Bundle] = lambda *_: BUNDLE) -> DriftDependencies:
        return DriftDependencies(
            checkouts=Known(self.root),
            credentials=Credentials({"CLOUDFLARE_API_TOKEN_ALDER": "t"}, self.root),
            connect=lambda *_: self.account,
            observe=lambda *_: Observed(self.tenant),
            records=Records(self.root / "deployments"),
            lineage=self.lineage,
            load=lambda *_: self.tenant,
            bundle=bundle,
        )

    def found(self) -> Drift:
        return check_target(self.tenant, ALDER, self.ports(), ref=None, allow_plain=False).drift


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    fleet = make_fleet(tmp_path)
    (tenant,) = require_valid(fleet, ("alder",), DEFAULT_ENVIRONMENTS, today=date(2026, 11, 21))
    return Scene(fleet, tenant)


def test_the_record_of_what_runs_says_what_is_expected(scene: Scene) -> None:
    scene.recorded(1)
    scene.live(made(1, OCTOBER))
    expected = scene.found().expected
    assert expected.commit == SEPTEMBER
    assert expected.why.startswith("the deploy of 2026-03-01 12:01 UTC")


@pytest.mark.parametrize("differs", [True, False])
def test_commit_is_pending_only_if_it_changes_the_target(scene: Scene, *, differs: bool) -> None:
    """A6: after any commit, every tenant of the fleet was said to be pending."""
    scene.recorded(1)
    scene.live(made(1, OCTOBER))

    def bundle(folder: Path, *_: object) -> Bundle:
        return numbered_bundle(1) if folder.name == "head" and differs else BUNDLE

    class Apart(Known):
        def folder(self, commit: str | None) -> Path:
            return self.root / ("head" if commit == OCTOBER else "")

    ports = replace(scene.ports(bundle), checkouts=Apart(scene.root))
    found = check_target(scene.tenant, ALDER, ports, ref=None, allow_plain=False).drift
    assert found.expected.pending is differs
    assert ("pending:" in drift_text(found)) is differs


def test_dirty_deploy_is_named(scene: Scene) -> None:
    """A6: edgefleet's own deploy was called an edit of triggers or settings."""
    scene.recorded(1, dirty=True)
    scene.live(made(1, SEPTEMBER))
    found = scene.found()
    assert found.expected.dirty
    assert "with uncommitted changes" in drift_text(found).splitlines()[0]
    assert [one.looks_like for one in found.findings] == ["deployed with uncommitted changes"]


def test_a_pin_is_shown_and_is_no_difference(scene: Scene) -> None:
    """A9."""
    pin = Pin(commit="1f0c9ad", reason="incident 12", expires=date(2999, 1, 31))
    config = scene.tenant.config.model_copy(update={"pin": pin})
    scene.tenant = replace(scene.tenant, config=config)
    scene.recorded(1)
    scene.live(made(1, SEPTEMBER))
    ports = replace(scene.ports(), now=datetime(2026, 11, 28, tzinfo=UTC))
    found = check_target(scene.tenant, ALDER, ports, ref=None, allow_plain=False).drift
    assert "pinned to commit 1f0c9ad until 2999-01-31: incident 12" in found.notes


@pytest.mark.parametrize("since", [(), (by_hand(3),)], ids=["", "and then a deploy by hand"])
def test_deploy_of_another_machine_is_expected_by_its_tag(
    scene: Scene, since: tuple[Version, ...]
) -> None:
    scene.recorded(1)
    scene.live(made(1, SEPTEMBER), made(2, OCTOBER), *since)
    expected = scene.found().expected
    assert (expected.commit, expected.pending) == (OCTOBER, False)
    assert expected.why == "version v2, which edgefleet put in force elsewhere"


def test_restored_deploy_does_not_hide_the_live_version(scene: Scene) -> None:
    scene.recorded(1)
    scene.recorded(3, status="restored", previous_version_id="v2")
    scene.live(made(1, SEPTEMBER), made(2, OCTOBER))
    assert scene.found().expected.commit == OCTOBER


def test_manual_deploy_is_compared_with_the_newest_record(scene: Scene) -> None:
    scene.recorded(1)
    scene.live(made(1, OCTOBER), by_hand(2))
    assert scene.found().expected.commit == SEPTEMBER


@pytest.mark.parametrize("by_edgefleet", [True, False])
def test_signed_rollback_is_expected_and_a_manual_one_not(
    scene: Scene, *, by_edgefleet: bool
) -> None:
    for number, commit in ((1, OCTOBER), (2, SEPTEMBER), (3, OCTOBER)):
        scene.recorded(number, git_commit=commit)
        scene.live(made(number, commit))
    back = put_back(2, at=20)
    scene.account.past.insert(0, back if by_edgefleet else back.model_copy(update=UNSIGNED))
    expected = scene.found().expected
    assert expected.commit == (SEPTEMBER if by_edgefleet else OCTOBER)
    assert expected.why.startswith("version v2, which edgefleet") is by_edgefleet


def test_state_before_an_unknown_migration_is_not_compared(
    scene: Scene,
) -> None:
    scene.recorded(1)
    scene.live(made(1, SEPTEMBER), by_hand(2))
    scene.account.migration = "v9"
    with pytest.raises(ConfigError, match=r"at migration 'v9'.* older than what is deployed"):
        scene.found()


def test_version_left_by_a_killed_run_is_unexpected(scene: Scene) -> None:
    scene.recorded(1)
    scene.live(made(1, SEPTEMBER))
    scene.recorded(2, git_commit=OCTOBER, status="in_progress", finished=None)
    scene.live(made(2, OCTOBER))
    signed = scene.account.past[0].model_copy(update={"message": f"{OWN_MESSAGE}1.0.0, commit a"})
    scene.account.past[0] = signed
    assert scene.found().expected.commit == SEPTEMBER


def test_live_tag_counts_without_records(scene: Scene) -> None:
    scene.live(made(1, SEPTEMBER), made(2, OCTOBER), made(1, SEPTEMBER))
    assert scene.found().expected.commit == SEPTEMBER


@pytest.mark.parametrize(
    ("commit", "why"),
    [
        ("no-commit", "elsewhere is of no known commit: the working tree stands for it"),
        ("b" * 40, "commit bbbbbbbbbbbb is not in this repository: the working tree stands for it"),
    ],
)
def test_a_tag_without_a_commit_here_leaves_the_working_tree(
    scene: Scene, commit: str, why: str
) -> None:
    scene.recorded(1)
    scene.live(made(1, SEPTEMBER), made(2, commit))
    expected = scene.found().expected
    assert expected.commit is None
    assert expected.why.endswith(why)
    assert expected.missing == (None if commit == "no-commit" else commit[:12])


def test_a_version_of_edgefleets_own_is_no_call_of_somebody_else(scene: Scene) -> None:
    scene.live(made(1, OCTOBER))
    (ours,) = scene.found().findings
    assert ours.looks_like == ""
    scene.live(by_hand(2))
    (theirs,) = scene.found().findings
    assert theirs.looks_like == "an API call"


def test_never_deployed_target_is_neither_drift_nor_in_sync(
    scene: Scene,
) -> None:
    scene.recorded(1, status="restored", version_id=None)
    found = scene.found()
    assert (found.findings, found.ignored) == ((), ())
    assert found.state is State.NOT_DEPLOYED
    assert not found.in_sync
    assert drift_text(found).startswith("alder-staging: not deployed, and not known to have been")


@pytest.mark.parametrize("known_by", ["a record", "a ref", "a message"])
def test_deleted_script_is_one_severe_difference(scene: Scene, known_by: str) -> None:
    if known_by == "a record":
        scene.recorded(1)
    told: dict[str, Any] = {
        "ref": OCTOBER if known_by == "a ref" else None,
        "deployed": known_by == "a message",
    }
    found = check_target(scene.tenant, ALDER, scene.ports(), allow_plain=False, **told).drift
    (one,) = found.findings
    assert (one.change.path, one.severity) == ("script", DriftSeverity.HIGH)
    assert one.looks_like == "the script was deleted; Cloudflare does not tell by whom"
    assert found.state is State.DRIFTING


def test_a_target_whose_files_are_refused_hides_no_other(scene: Scene) -> None:
    def bundle(_folder: Path, _tenant: Tenant, target: Target) -> Bundle:
        if target == ALDER:
            raise ConfigError("no such key")
        return BUNDLE

    production = Target(tenant="alder", environment=PRODUCTION)
    asked = [(scene.tenant, target) for target in (ALDER, production)]
    (first, refused), (second, seen) = check_targets(
        asked, lambda: scene.ports(bundle), ref=None, allow_plain=False
    )
    assert (first, second) == (ALDER, production)
    assert isinstance(refused, ConfigError)
    assert isinstance(seen, DriftCheck)


def test_an_unmerged_commit_is_not_asked_of_a_job_that_builds(scene: Scene) -> None:
    scene.live(made(1, SEPTEMBER))
    scene.lineage = KnownLineage(merged=False)
    digest = BUNDLE.digest
    ports = replace(scene.ports(), built=BuiltBundles({OCTOBER: digest}, lambda _: BUNDLE))
    found = check_target(scene.tenant, ALDER, ports, ref=None, allow_plain=False).drift
    assert "commit" in {one.change.path for one in found.findings}
    scene.lineage = KnownLineage(merged=True)
    with pytest.raises(NotBuilt, match=SEPTEMBER):
        check_target(
            scene.tenant,
            ALDER,
            replace(ports, lineage=scene.lineage),
            ref=None,
            allow_plain=False,
        )


def test_tag_of_an_unmerged_commit_is_severe_drift(scene: Scene) -> None:
    """Review 10."""

    def commits() -> list[DriftFinding]:
        return [one for one in scene.found().findings if one.change.path == "commit"]

    scene.live(made(1, SEPTEMBER))
    assert commits() == []
    scene.lineage = KnownLineage(merged=False)
    (finding,) = commits()
    assert finding.severity is DriftSeverity.HIGH
    assert finding.looks_like == "a deploy of a commit that was never merged"
    scene.recorded(1)  # what was deployed from this machine is known without the tag
    assert commits() == []


@pytest.mark.parametrize(
    ("merged", "words"),
    [(False, "is not an ancestor of main"), (None, "is not known to be an ancestor of main")],
)
def test_github_repairs_with_no_commit_that_is_not_merged(merged: bool | None, words: str) -> None:
    """Review 10: whichever way it was found out: by a tag, a record or a name."""
    expected = Baseline(commit=OCTOBER, why="a tag")
    with pytest.raises(UsageError, match=f"commit {OCTOBER} {words}"):
        require_merged(expected, KnownLineage(merged=merged, on_github=True))
    require_merged(expected, KnownLineage(on_github=True))
    require_merged(expected, KnownLineage(merged=merged))  # a laptop shows it and goes on
