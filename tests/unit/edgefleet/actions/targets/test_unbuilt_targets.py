"""What a look at drift left, for want of a bundle, is built and looked at by later jobs."""

import json
from pathlib import Path

import pytest

import select_unbuilt_targets
from edgefleet.actions.jobs.results import UnbuiltTarget, keep_unbuilt
from edgefleet.config.target import PRODUCTION, STAGING, Target

OLD, NEW = "1" * 40, "2" * 40


def left(tenant: str, commit: str, *, environment: str = "staging", batch: bool) -> UnbuiltTarget:
    of = {"staging": STAGING, "production": PRODUCTION}[environment]
    target = Target(tenant=tenant, environment=of)
    return UnbuiltTarget(target=target, commit=commit, batch=batch)


def selected(folder: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("GITHUB_OUTPUT", str(folder / "output"))
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(folder / "page"))
    assert select_unbuilt_targets.main([str(folder)]) == 0
    return (folder / "output").read_text()


def test_each_target_has_a_job_and_a_batch_one_for_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for number, found in enumerate(
        [
            [left("acme", NEW, batch=False)],
            [left("birch", OLD, batch=True), left("alder", NEW, batch=True)],
            [left("alder", NEW, environment="production", batch=True)],
            [],
        ]
    ):
        keep_unbuilt(found)
        Path(".edgefleet/results").rename(f"artifact-{number}") if found else None
    said = selected(tmp_path, monkeypatch)
    assert f"{OLD} {NEW}" in said
    (jobs,) = (json.loads(line)["include"] for line in said.splitlines() if line[:1] == "{")
    assert [one["job"] for one in jobs] == [
        "drift acme-staging again",
        "drift production batch rest",
        "drift staging batch rest",
    ]
    assert [one.get("only") for one in jobs] == [None, "alder", "alder,birch"]
    homes = ("acme-staging", "fleet-production", "fleet-staging")
    assert [one["github_environment"] for one in jobs] == [f"{home}-readonly" for home in homes]


def test_nothing_left_is_no_job(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    said = selected(tmp_path, monkeypatch)
    assert "commits=\n" in said
    assert "\n0\n" in said
