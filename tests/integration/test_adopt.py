"""Workers that edgefleet did not deploy are taken in: files, a plan that finds nothing, edits.

Some are deployed by the real, plain wrangler; tests/soak deploys all of the twenty so.
"""

import json
import os
import re
import shlex
import shutil
import subprocess
from collections.abc import Iterator
from typing import Any

import pyjson5
import pytest

from support.adoption import (
    ACCOUNT,
    BASE,
    TOKEN,
    ZONE,
    Adoption,
    adopt_twenty,
    adoption,
    workers,
)
from support.hint_ledger import kept
from support.pasting import fill
from support.project import Ran

__all__ = ["kept"]

BY_WRANGLER = ("vars", "objects", "queues", "flows", "routed")
OTHERS = (("1" * 32, "one"), ("2" * 32, "two"), ("3" * 32, "three"))
"""Accounts whose Workers are named as the base is."""
SECRET = "cfut_" + "q7Zt2LmN8xVb4KcR1wPy6DgH9sJf3TaE0uXo5IiB"  # gitleaks:allow
"""What a var may hold that should be a secret."""


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Adoption]:
    with adoption(tmp_path_factory.mktemp("adopt"), OTHERS) as made:
        yield made


@pytest.fixture
def adopting(served: Adoption) -> Iterator[Adoption]:
    """Have no tenants at the beginning."""
    yield served
    for folder in (served.project.root / "tenants").iterdir():
        shutil.rmtree(folder)


def adopt(adopting: Adoption, script: str, *more: str) -> Ran:
    return adopting.project.run("adopt", "--account", ACCOUNT, "--script", script, *more)


def adopted(adopting: Adoption, script: str, *more: str) -> dict[str, Any]:
    """Adopt a Worker; return what the command says of it."""
    ran = adopt(adopting, script, "--format", "json", *more)
    assert ran.code == 0, ran.said
    (found,) = json.loads(ran.out)
    return dict(found)


def typed(adopting: Adoption, answer: str, *words: str) -> Ran:
    """Run a command at a terminal, and type an answer."""
    project = adopting.project
    terminal, keyboard = os.openpty()
    try:
        os.write(terminal, answer.encode())
        done = subprocess.run(
            project.command(*words),
            stdin=keyboard,
            cwd=project.root,
            env=project.environment({}),
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
    finally:
        os.close(terminal)
        os.close(keyboard)
    return Ran(done.returncode, done.stdout, done.stderr)


def plan(adopting: Adoption, tenant: str, bundle: str) -> list[str]:
    """Return what a plan finds, by path."""
    words = ("plan", "--tenants", tenant, "--env", "staging", "--bundle", bundle)
    ran = adopting.project.run(*words, "--format", "json")
    assert ran.code == 0, ran.said
    return [change["path"] for change in json.loads(ran.out)[0]["changes"]]


def overlay(adopting: Adoption, tenant: str) -> dict[str, Any]:
    """Return what a tenant's wrangler file says."""
    found: dict[str, Any] = pyjson5.decode(adopting.files()[f"tenants/{tenant}/wrangler.jsonc"])
    return found


def test_twenty_of_twenty_are_adopted_without_a_change(adopting: Adoption) -> None:
    found = adopt_twenty(adopting, BY_WRANGLER)
    assert found == {tenant: ([], []) for tenant in workers(adopting.made)}
    assert len(found) == 20


def test_edits_at_cloudflare_are_named_afterwards(adopting: Adoption) -> None:
    keys = {"vars": {"LEVEL": "low"}, "triggers": {"crons": ["1 2 * * *"]}}
    adopting.by_api("edited-staging", keys)
    bundle = adopted(adopting, "edited-staging", "--download")["bundle"]
    assert plan(adopting, "edited", bundle) == []
    adopting.ask("PUT", "/workers/scripts/edited-staging/schedules", [{"cron": "3 4 * * *"}])
    route = {"pattern": f"edited.{ZONE}/*", "zone_name": ZONE}
    adopting.ask("PUT", "/workers/scripts/edited-staging/routes", [route])
    var = {"type": "plain_text", "name": "LEVEL", "text": "high"}
    adopting.edit("edited-staging", bindings=[var])
    assert plan(adopting, "edited", bundle) == ["crons", "routes", "vars.LEVEL"]


def test_without_the_live_modules_only_they_differ(adopting: Adoption) -> None:
    adopting.by_api("built-staging", {"vars": {"A": "b"}})
    ran = adopt(adopting, "built-staging")
    assert ran.code == 0, ran.said
    assert "plan: 1 to change" in ran.out
    assert "~ modules.index.js: sha256:" in ran.out
    assert "(the code: --download takes the live modules)" in ran.out


def test_a_first_deploy_of_the_live_modules_changes_nothing(adopting: Adoption) -> None:
    adopting.by_api("first-staging", {"vars": {"A": "b"}, "triggers": {"crons": ["1 2 * * *"]}})
    bundle = adopted(adopting, "first-staging", "--download")["bundle"]
    seen = len(adopting.edge.requests())
    words = ("--tenant", "first", "--env", "staging", "--engine", "api", "--bundle", bundle)
    ran = adopting.project.run("deploy", *words)
    assert ran.code == 0, ran.said
    assert adopting.project.records()[-1]["status"] == "unchanged"
    writes = [one for one in adopting.edge.requests()[seen:] if one["method"] != "GET"]
    assert writes == []


def test_a_second_run_changes_nothing(adopting: Adoption) -> None:
    adopting.by_api("again-staging", {"vars": {"A": "b"}, "limits": {"cpu_ms": 10}})
    adopted(adopting, "again-staging")
    before = adopting.files()
    again = adopted(adopting, "again-staging")
    assert {one["state"] for one in again["files"]} == {"unchanged"}
    assert adopting.files() == before


def test_another_environment_joins_the_same_files(adopting: Adoption) -> None:
    adopting.by_api("pair-staging", {"vars": {"A": "b"}})
    adopting.by_api("other-name", {"vars": {"A": "c"}})
    adopted(adopting, "pair-staging")
    file = adopting.project.root / "tenants/pair/wrangler.jsonc"
    file.write_text(file.read_text().replace('"vars": {', '// Ours.\n      "vars": {'))
    ran = adopt(adopting, "other-name", "--env", "production", "--download")
    assert ran.code == 0, ran.said
    assert '+    "production": {' in ran.err
    assert "plan: No changes." in ran.out
    assert "      // Ours.\n" in file.read_text()
    found = overlay(adopting, "pair")
    assert found["name"] == "pair"
    assert found["env"]["production"]["name"] == "other-name"
    assert found["env"]["staging"]["vars"]["A"] == "b"


def test_what_files_say_already_is_not_overwritten_unasked(adopting: Adoption) -> None:
    adopting.by_api("mine-staging", {"vars": {"A": "b"}})
    adopted(adopting, "mine-staging")
    before = adopting.files()
    adopting.by_api("mine-staging", {"vars": {"A": "changed"}})
    refused = adopt(adopting, "mine-staging")
    assert refused.code == 2
    assert '-        "A": "b"' in refused.err
    assert "pass --overwrite, too" in refused.err
    assert adopting.files() == before
    assert adopt(adopting, "mine-staging", "--overwrite").code == 0
    assert overlay(adopting, "mine")["env"]["staging"]["vars"]["A"] == "changed"


@pytest.mark.parametrize(("answer", "code", "value"), [("n", 2, "b"), ("y", 0, "changed")])
def test_on_a_terminal_the_difference_is_shown_and_asked(
    adopting: Adoption, answer: str, code: int, value: str
) -> None:
    adopting.by_api("asked-staging", {"vars": {"A": "b"}})
    adopted(adopting, "asked-staging")
    adopting.by_api("asked-staging", {"vars": {"A": "changed"}})
    words = ("adopt", "--account", ACCOUNT, "--script", "asked-staging", "--download")
    ran = typed(adopting, f"{answer}\n", *words)
    assert ran.code == code, ran.said
    assert '-        "A": "b"' in ran.err
    assert "Replace what tenants/asked/wrangler.jsonc says? [y/N]:" in ran.err
    assert overlay(adopting, "asked")["env"]["staging"]["vars"]["A"] == value


def test_a_dry_run_prints_the_files_and_writes_none(adopting: Adoption) -> None:
    adopting.by_api("dry-staging", {"vars": {"A": "b"}})
    ran = adopt(adopting, "dry-staging", "--dry-run")
    assert ran.code == 0, ran.said
    assert "== tenants/dry/wrangler.jsonc" in ran.out
    assert '"A": "b"' in ran.out
    assert adopting.files() == {}
    assert not (adopting.project.root / "tenants/dry").exists()


def test_secrets_are_taken_by_name_and_reach_no_file(adopting: Adoption) -> None:
    adopting.by_api("secret-staging", {"vars": {"UPSTREAM": SECRET, "A": "b"}})
    adopting.secret("secret-staging", "UPSTREAM_KEY", "canary-of-a-secret-51d0")
    ran = adopt(adopting, "secret-staging", "--download")
    assert ran.code == 0, ran.said
    files = adopting.files()
    config = pyjson5.decode(files["tenants/secret/tenant.config.json"])
    assert config["requiredSecrets"] == ["UPSTREAM_KEY"]
    assert "not in the files: vars.UPSTREAM: it looks like a secret" in ran.out
    assert "- vars.UPSTREAM:" in ran.out
    root = adopting.project.root
    written = [path.read_bytes() for path in root.rglob("*") if path.is_file()]
    everything = b"".join([ran.said.encode(), *written])
    for canary in (SECRET, TOKEN, "canary-of-a-secret-51d0"):
        assert canary.encode() not in everything


def test_all_workers_named_as_the_base_are_adopted(adopting: Adoption) -> None:
    for number, (account, _) in enumerate(OTHERS):
        code = "export default { fetch() {} };\n" + "// other\n" * (number == 2)
        adopting.by_api("worker-staging", {"vars": {"N": str(number)}}, account, code)
    adopting.by_api("worker-production", {}, OTHERS[0][0], "export default { fetch() {} };\n")
    listed = adopting.project.home / "accounts.txt"
    listed.write_text("".join(f"{account}={name}\n" for account, name in OTHERS))
    variables = {f"CLOUDFLARE_API_TOKEN_{name.upper()}": TOKEN for _, name in OTHERS}
    words = ("adopt", "--accounts", str(listed), "--all", "--download")
    ran = adopting.project.run(*words, **variables)
    assert ran.code == 0, ran.said
    assert ran.out.count("plan: No changes.") == 4
    assert "not the code of the other 3 (sha256:" in ran.out
    assert ran.out.rstrip().splitlines()[-1].count("three-staging") == 1
    names = {path.split("/")[1] for path in adopting.files()}
    assert names == {name for _, name in OTHERS}
    assert "name" not in overlay(adopting, "one")
    assert BASE["name"] == "worker"


def test_one_account_that_fails_stops_no_other(adopting: Adoption) -> None:
    adopting.by_api("worker-staging", {}, OTHERS[0][0])
    words = [f"--account={account}={name}" for account, name in OTHERS[:2]]
    token = {"CLOUDFLARE_API_TOKEN_ONE": TOKEN, "CLOUDFLARE_API_TOKEN": ""}
    ran = adopting.project.run("adopt", *words, "--all", **token)
    assert ran.code == 5, ran.said
    assert "two-staging: could not adopt: there is no token for two-staging" in ran.err
    assert {path.split("/")[1] for path in adopting.files()} == {"one"}


def test_a_fleet_of_whole_files_gets_one_more(adopting: Adoption) -> None:
    root, base = adopting.project.root, adopting.project.root / "src/worker/wrangler.jsonc"
    text = base.read_text()
    folder = root / "tenants/birch"
    folder.mkdir()
    whole = {**BASE, "name": "birch", "main": "../../src/worker/index.js", "account_id": "b" * 32}
    (folder / "wrangler.jsonc").write_text(json.dumps({**whole, "env": {"staging": {}}}))
    config = {"tenantId": "birch", "accountId": "b" * 32}
    (folder / "tenant.config.json").write_text(json.dumps(config))
    adopting.by_api("whole-staging", {"vars": {"A": None}, "limits": {"cpu_ms": 10}})
    base.unlink()
    try:
        found = adopted(adopting, "whole-staging", "--download")
    finally:
        base.write_text(text)
    assert (found["changes"], found["unwritten"]) == ([], [])
    assert overlay(adopting, "whole")["main"] == "../../src/worker/index.js"


def test_a_null_that_no_overlay_can_say_is_listed(adopting: Adoption) -> None:
    adopting.by_api("nulls-staging", {"vars": {"NOTHING": None, "A": {"b": None, "c": 1}}})
    found = adopted(adopting, "nulls-staging", "--download")
    assert {one["what"] for one in found["unwritten"]} == {"vars.NOTHING", "vars.A"}
    assert [one["path"] for one in found["changes"]] == ["vars.A.b", "vars.NOTHING"]


def test_static_assets_that_nothing_tells_are_listed(adopting: Adoption) -> None:
    public = adopting.wrangler.folder / "public"
    public.mkdir()
    (public / "index.html").write_text("<p>live")
    adopting.by_wrangler("site-staging", {"assets": {"directory": "public", "binding": "FILES"}})
    found = adopted(adopting, "site-staging", "--download")
    assert [one["what"] for one in found["unwritten"]] == ["assets"]
    assert "name their folder as assets.directory" in found["unwritten"][0]["why"]

    worker = adopting.project.root / "src/worker"
    base = (worker / "wrangler.jsonc").read_text()
    shutil.copytree(public, worker / "public")
    named = {**BASE, "assets": {"directory": "public"}}
    (worker / "wrangler.jsonc").write_text(json.dumps(named))
    try:
        ran = adopt(adopting, "site-staging", "--download", "--overwrite")
    finally:
        (worker / "wrangler.jsonc").write_text(base)
    assert ran.code == 0, ran.said
    assert "plan: 1 to change" in ran.out
    assert "(Cloudflare does not tell which files are live)" in ran.out
    assert overlay(adopting, "site")["env"]["staging"]["assets"] == {"binding": "FILES"}


@pytest.mark.parametrize("script", ["gone-staging", "pages-worker--1-production", "member", "bare"])
def test_a_script_that_cannot_be_adopted_is_refused(adopting: Adoption, script: str) -> None:
    said = {
        "gone-staging": (2, "has no script 'gone-staging'"),
        "pages-worker--1-production": (4, "belongs to a Pages project"),
        "member": (4, "is a script of the dispatch namespace n"),
        "bare": (4, "has no deployment"),
    }
    if script == "member":
        adopting.by_wrangler(script, {}, command=("deploy", "--dispatch-namespace", "n"))
    if script == "bare":
        adopting.ask("POST", "/workers/workers", {"name": script})
    code, words = said[script]
    ran = adopt(adopting, script, "--tenant", "acme", "--env", "staging")
    assert ran.code == code, ran.said
    assert words in ran.err
    assert adopting.files() == {}


def test_a_split_deployment_is_refused(adopting: Adoption) -> None:
    adopting.by_api("split-staging", {})
    adopting.by_api("split-staging", {"vars": {"A": "b"}})
    path = "/workers/scripts/split-staging/deployments"
    versions = adopting.ask("GET", "/workers/scripts/split-staging/versions")["items"]
    shares = [{"version_id": one["id"], "percentage": 50} for one in versions[:2]]
    adopting.ask("POST", path, {"strategy": "percentage", "versions": shares})
    ran = adopt(adopting, "split-staging")
    assert ran.code == 4, ran.said
    assert "two versions of the script split-staging are live" in ran.err


def test_a_script_with_containers_is_refused(adopting: Adoption) -> None:
    keys = {
        "durable_objects": {"bindings": [{"name": "ROOM", "class_name": "Room"}]},
        "migrations": [{"tag": "v1", "new_sqlite_classes": ["Room"]}],
    }
    adopting.by_api("boxes-staging", keys)
    listed = adopting.ask("GET", "/workers/durable_objects/namespaces")
    (namespace,) = [one["id"] for one in listed if one["script"] == "boxes-staging"]
    boxes = {"durable_objects": {"namespace_id": namespace}, "configuration": {"image": "i"}}
    adopting.ask("POST", "/containers/applications", {"name": "boxes", **boxes})
    ran = adopt(adopting, "boxes-staging")
    assert ran.code == 4, ran.said
    assert "starts containers" in ran.err


def test_the_account_of_another_token_is_refused(adopting: Adoption) -> None:
    words = ("adopt", "--account", "9" * 32, "--script", "x-staging")
    ran = adopting.project.run(*words)
    assert ran.code == 5, ran.said
    assert f"the token does not open account {'9' * 32}" in ran.err


def test_a_permission_that_the_token_lacks_is_named(adopting: Adoption) -> None:
    adopting.by_api("shut-staging", {})
    reads = ("Account Settings Read", "Workers Scripts Read", "Workers Routes Read", "Zone Read")
    with adopting.limited("Account Settings Read", "Zone Read"):
        refused = adopt(adopting, "shut-staging")
    no_queues = {"path": "*/queues*", "kind": "status", "status": 403, "times": None}
    with adopting.limited(*reads), adopting.edge.faults({"method": "GET", **no_queues}):
        found = adopted(adopting, "shut-staging", "--download")
    with adopting.limited(*reads):
        seen = adopted(adopting, "shut-staging", "--download")
    assert refused.code == 5, refused.said
    assert 'the group "Workers Scripts Read"' in refused.err
    assert [one["what"] for one in found["unwritten"]] == ["queues.consumers"]
    assert 'the group "Queues Read"' in found["unwritten"][0]["why"]
    assert (found["changes"], seen["unwritten"]) == ([], [])


def test_files_that_validation_refuses_are_written_and_named(adopting: Adoption) -> None:
    adopting.by_api("my_bot", {"vars": {"A": "b"}})
    ran = adopt(adopting, "my_bot", "--tenant", "acme", "--env", "staging")
    assert ran.code == 4, ran.said
    assert "tenants/acme/wrangler.jsonc" in adopting.files()
    assert "script-name: the script would be named 'my_bot'" in ran.out
    assert "plan: none yet" in ran.out
    assert "the files are written, and validation refuses them" in ran.err


def test_a_script_that_a_secret_made_is_refused(adopting: Adoption) -> None:
    adopting.wrangler.write_config(adopting.resolved("drafted-staging", {}))
    adopting.wrangler.ok("secret", "put", "KEY", stdin="value")
    ran = adopt(adopting, "drafted-staging")
    assert ran.code == 4, ran.said
    assert "holds secrets and no release yet" in ran.err


def test_plain_wrangler_deploys_what_is_rendered(adopting: Adoption) -> None:
    """Nothing is locked in: what edgefleet describes, wrangler deploys without a difference."""
    twenty = workers(adopting.made)
    keys: dict[str, Any] = {"triggers": {"crons": ["1 2 * * *"]}}
    for tenant in ("vars", "objects", "buckets", "mail", "settings"):
        keys |= twenty[tenant]
    adopting.by_api("left-staging", keys)
    bundle = adopted(adopting, "left-staging", "--download")["bundle"]
    words = ("render", "--tenants", "left", "--env", "staging", "--bundle", bundle)
    rendered = adopting.project.run(*words)
    assert rendered.code == 0, rendered.said
    adopting.wrangler.ok("deploy", "--config", rendered.out.strip())
    assert plan(adopting, "left", bundle) == []


def test_script_of_another_name_is_adopted_as_the_hint_says(adopting: Adoption) -> None:
    adopting.by_api("odd", {"vars": {"A": "b"}})
    words = ("--account", f"{ACCOUNT}=odd", "--all", "--env", "staging")
    refused = adopting.project.run("adopt", *words)
    named = re.search(r"name it: (edgefleet adopt .*)$", refused.err, re.MULTILINE)
    assert named, refused.said
    again = shlex.split(fill(named[1], {"NAME": "odd"}))[1:]
    ran = adopting.project.run(*again, "--download")
    assert ran.code == 0, ran.said
    plan = re.search(r"the live modules: (edgefleet plan .*)$", ran.out, re.MULTILINE)
    assert plan, ran.said
    assert adopting.project.run(*shlex.split(fill(plan[1], {}))[1:]).code == 0
