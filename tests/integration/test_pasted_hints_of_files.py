"""Commands of hints about files and flags, pasted, as in `test_pasted_hints.py`."""

import re
import shutil

import pyjson5

from integration.conftest import TENANTS, Stage
from integration.test_overwritten import deploy, git, live
from integration.test_pasted_hints import ONE, fresh, paste, pasted, settings
from support.hint_ledger import kept

__all__ = ["fresh", "kept"]


def test_a_script_that_is_not_there_is_deployed(fresh: Stage) -> None:
    refused = fresh.project.run("tail", "--tenant", ONE, "--env", "staging")
    done = pasted(fresh, refused, 2, "deploy")
    assert done.code == 0, done.said
    assert live(fresh, "staging")


def test_a_first_upload_is_deployed_without_a_canary(fresh: Stage) -> None:
    done = pasted(fresh, deploy(fresh, "staging", "--canary", "5,25"), 2, "deploy")
    assert done.code == 0, done.said
    assert live(fresh, "staging")


def test_a_soak_of_no_canary_gets_its_canary(fresh: Stage) -> None:
    assert deploy(fresh, "staging").code == 0
    refused = fresh.project.run("deploy", "--tenant", ONE, "--env", "staging", "--soak", "1m")
    assert "build" not in refused.err  # nothing was done for it
    fresh.edge.reset()
    shutil.rmtree(fresh.project.root / "deployments")
    assert "first upload" in pasted(fresh, refused, 2, "deploy").err


def test_a_subdomain_is_asked_of_one_account(fresh: Stage) -> None:
    words = ("provision", "--tenants", "all", "--env", "staging", "--subdomain", "example")
    done = pasted(fresh, fresh.project.run(*words), 2, "provision")
    assert done.code == 0, done.said
    assert ONE in done.out
    assert TENANTS[1] not in done.out


def test_a_pin_to_no_version_is_looked_up(fresh: Stage) -> None:
    assert deploy(fresh, "staging").code == 0
    pin = {"version": "1", "reason": "a fair", "expires": "2099-01-01"}
    settings(fresh, "tenant.config.json", pin=pin)
    refused = fresh.project.run("validate", "--tenants", ONE)
    named = re.search(r"edgefleet history --format json", refused.out)
    assert named, refused.said
    git(fresh, "checkout", "-q", "--", "tenants")
    assert live(fresh, "staging") in paste(fresh, named[0]).out


def test_a_resource_that_is_not_there_is_made(fresh: Stage) -> None:
    found = pyjson5.loads((fresh.project.root / "tenants" / ONE / "wrangler.jsonc").read_text())
    space = {"binding": "EXTRA", "id": "0" * 32}
    found["env"]["staging"]["kv_namespaces"].append(space)
    settings(fresh, "wrangler.jsonc", env=found["env"])
    fresh.project.commit()
    named = pasted(fresh, deploy(fresh, "staging"), 4, "validate")
    command = re.search(r"edgefleet provision [^\n]*--apply", named.out)
    assert command, named.said
    assert paste(fresh, command[0]).code == 0
    fresh.project.commit()
    done = deploy(fresh, "staging")
    assert done.code == 0, done.said
