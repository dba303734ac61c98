"""Hints of tenants, builds, drift and runs over the fleet, pasted, as in `test_pasted_hints.py`."""

import json
import re
from pathlib import Path

import pytest

from edgefleet.actions.issues.drift_issue_text import issue_body
from edgefleet.core.process import ProgramMissing, run
from edgefleet.drift.report_file import WRITE_IT, read_drifts
from edgefleet.errors import UsageError
from integration.conftest import Stage
from integration.test_overwritten import API, deploy, git, live
from integration.test_pasted_hints import ONE, fresh, paste, pasted, settings
from support.canaries import KEY, let_callers_in
from support.github import github
from support.hint_ledger import kept
from support.pasting import paste_in

__all__ = ["fresh", "kept"]

TARGETS = ("--tenants", ONE, "--env", "staging")


def test_a_bundle_that_is_none_is_built(fresh: Stage, tmp_path: Path) -> None:
    (tmp_path / "bundle").mkdir()
    refused = deploy(fresh, "staging", "--bundle", str(tmp_path / "bundle"))
    assert refused.code == 2, refused.said
    assert refused.err.endswith("-> edgefleet build\n")
    built = paste(fresh, "edgefleet build")
    assert deploy(fresh, "staging", "--bundle", built.out.split()[-1]).code == 0


@pytest.mark.parametrize("words", [("deploy", "--tenant", ONE, *API), ("deploy-all",)])
def test_uncommitted_files_are_shown_or_deployed(fresh: Stage, words: tuple[str, ...]) -> None:
    settings(fresh, "wrangler.jsonc", compatibility_date="2026-01-16")
    refused = fresh.project.run(*words, "--env", "production", "--bundle", str(fresh.bundle))
    shown = re.search(r"\((git status --ignored)\)", refused.err)
    assert shown, refused.said
    assert f"tenants/{ONE}/wrangler.jsonc" in paste_in(fresh.project.root, shown[1]).stdout
    done = pasted(fresh, refused, 2, words[0])
    assert done.code == 0, done.said
    assert live(fresh, "production")


def test_drift_is_looked_at_again_and_repaired(fresh: Stage, tmp_path: Path) -> None:
    assert deploy(fresh, "staging").code == 0
    (tmp_path / "none.json").write_text("no")
    with pytest.raises(UsageError) as caught:
        read_drifts([tmp_path / "none.json"])
    assert caught.value.hint == WRITE_IT
    file = fresh.project.root / "deployments/drift.json"
    paste(fresh, WRITE_IT.partition(": ")[2], FILE=str(file))
    drift = next(one for one in read_drifts([file]) if one.target.tenant == ONE)
    again, repair = re.findall(r"`(edgefleet drift .*?)`", issue_body(drift, None))
    assert paste(fresh, again).code == 0
    repaired = paste(fresh, f"{repair} --yes")
    assert repaired.code == 0, repaired.said


def test_a_failed_smoke_test_is_rolled_back(fresh: Stage) -> None:
    let_callers_in(fresh.project.root, ONE, environments=["production"])
    fresh.project.commit()
    assert deploy(fresh, "staging").code == 0
    old = live(fresh, "staging")
    words = ("deploy-all", *TARGETS, "--bundle", str(fresh.bundle), "--smoke", "--force")
    key = {f"EDGEFLEET_SMOKE_KEY_{ONE.upper()}": KEY}
    ran = fresh.project.run(*words, "--format", "json", **key)
    assert ran.code == 10, ran.said
    (member,) = json.loads(ran.out)["members"]
    assert member["error"]["code"] == "smoke"
    assert live(fresh, "staging") != old
    done = paste(fresh, member["error"]["hint"])
    assert (done.code, live(fresh, "staging")) == (0, old), done.said


def test_a_run_of_first_uploads_goes_to_a_commit(fresh: Stage) -> None:
    ran = fresh.project.run("deploy-all", *TARGETS, "--bundle", str(fresh.bundle))
    assert ran.code == 0, ran.said
    (record,) = (fresh.project.root / "deployments").glob("fleet-staging-*.json")
    refused = fresh.project.run("rollback", "--run", str(record))
    named = re.search(r"edgefleet rollback --tenants \S+ --env staging --to GIT_REF", refused.said)
    assert named, refused.said
    done = paste(fresh, named[0], GIT_REF="HEAD")
    assert done.code == 0, done.said
    last = fresh.project.records()[-1]
    assert (last["action"], last["git_commit"]) == ("rollback", git(fresh, "rev-parse", "HEAD"))


def test_the_tag_of_a_deploy_is_pushed(fresh: Stage, tmp_path: Path) -> None:
    git(fresh, "init", "-q", "--bare", str(tmp_path / "remote.git"))
    assert deploy(fresh, "staging").code == 0
    git(fresh, "config", "user.name", "t")
    git(fresh, "config", "user.email", "t@example.com")
    made = fresh.project.run("tag", "--tenant", ONE, "--env", "staging", "--create")
    named = re.search(r"push it: (git push origin \S+)", made.err)
    assert named, made.said
    git(fresh, "remote", "add", "origin", str(tmp_path / "remote.git"))
    try:
        assert paste_in(fresh.project.root, named[1]).returncode == 0
        assert made.out.strip() in git(fresh, "ls-remote", "--tags", "origin")
    finally:
        git(fresh, "remote", "remove", "origin")


@pytest.mark.parametrize(
    ("name", "wrong"), [("EDGEFLEET_RETRY_SECONDS", "soon"), ("EDGEFLEET_API_BUDGET", "many")]
)
def test_a_variable_is_set_to_what_is_right(fresh: Stage, name: str, wrong: str) -> None:
    refused = fresh.project.run("drift", "--tenants", "all", "--env", "staging", **{name: wrong})
    assert refused.code == 2, refused.said
    export = re.search(rf"export {name}=\S+", refused.err)
    assert export, refused.said
    shown = paste_in(fresh.project.root, f"{export[0]}; echo ${name}").stdout
    assert shown.strip()
    bundle = ("--bundle", str(fresh.bundle))
    assert fresh.project.run("plan", *TARGETS, *bundle, **{name: shown.strip()}).code == 0


def test_doctor_shows_a_cloudflare_that_does_not_answer(
    fresh: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    closed = "http://127.0.0.1:9/client/v4"
    monkeypatch.setitem(fresh.project.environ, "CLOUDFLARE_API_BASE_URL", closed)
    refused = fresh.project.run("plan", *TARGETS, EDGEFLEET_RETRY_SECONDS="0")
    assert refused.code == 6, refused.said
    named = re.search(r"edgefleet doctor", refused.err)
    assert named, refused.said
    assert "no response from 127.0.0.1:9" in paste(fresh, named[0]).out


def test_a_missing_program_is_looked_for(fresh: Stage) -> None:
    with pytest.raises(ProgramMissing) as caught:
        run(["no-such-program"], cwd=fresh.project.root, env={})
    assert "git remote" in paste(fresh, caught.value.hint).out


def test_a_ruleset_that_differs_is_applied(fresh: Stage) -> None:
    with github() as hub:
        words = ("github", "ruleset")
        missing = fresh.project.run(*words, **hub.environ())
        assert missing.code == 3, missing.said
        command = missing.err.rpartition("-> ")[2].strip()
        fresh.project.environ.update(hub.environ())
        try:
            assert paste(fresh, command).code == 0
            assert fresh.project.run(*words).code == 0
        finally:
            for name in hub.environ():
                del fresh.project.environ[name]
