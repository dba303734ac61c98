"""`edgefleet tenant remove`: what was typed is deleted; other tenants and records stay."""

import json
import shlex
from collections.abc import Iterator
from typing import Any

import pytest

from support.github import github
from support.many import token
from support.project import Ran
from support.provisioning import SCRIPT, EmptyFleet, empty_fleet

NAMES = ("plan", "gone", "other", "mine", "yours", "keep", "hub", "lost", "late", "wrong")
MODULE = "export default { fetch: () => new Response('hello') }"


@pytest.fixture(scope="module")
def fleet(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmptyFleet]:
    with empty_fleet(tmp_path_factory.mktemp("remove"), NAMES) as served:
        names = ",".join(NAMES)
        assert served.provision(names, "--apply").code == 0
        yield served


def upload(fleet: EmptyFleet, tenant: str) -> None:
    """Have a script in the account, as a deploy leaves one."""
    metadata = json.dumps({"main_module": "index.js", "compatibility_date": "2026-01-15"})
    parts = {
        "metadata": (None, metadata, "application/json"),
        "index.js": ("index.js", MODULE, "application/javascript+module"),
    }
    fleet.api(tenant, "PUT", f"workers/scripts/{SCRIPT}", files=parts)


def holds(fleet: EmptyFleet, tenant: str) -> dict[str, Any]:
    """Return scripts and resources of an account."""
    scripts = [one["id"] for one in fleet.api(tenant, "GET", "workers/scripts")]
    return {"scripts": scripts, **fleet.has(tenant)}


def remove(fleet: EmptyFleet, tenant: str, *words: str, **environ: str) -> Ran:
    return fleet.project.run("tenant", "remove", tenant, *words, **environ)


def typed(ran: Ran) -> list[str]:
    """Return the command that a refusal names, without the program."""
    line = ran.err.splitlines()[-1].strip()
    return shlex.split(line.removeprefix("-> edgefleet ").partition(" deletes them")[0])


def test_plan_deletes_nothing(fleet: EmptyFleet) -> None:
    upload(fleet, "plan")
    before = holds(fleet, "plan")
    ran = remove(fleet, "plan")
    assert ran.code == 0, ran.said
    assert f"  - script '{SCRIPT}' (staging), with its Durable Objects" in ran.out
    assert f"  - D1 database '{SCRIPT}-db' (staging), with all that it holds" in ran.out
    assert "GitHub was not asked" in ran.out
    assert holds(fleet, "plan") == before
    assert fleet.file("plan").exists()


def test_only_typed_names_are_deleted(fleet: EmptyFleet) -> None:
    upload(fleet, "gone")
    upload(fleet, "other")
    before, other = holds(fleet, "gone"), holds(fleet, "other")
    record = fleet.project.root / "deployments" / "gone-staging-20260101T000000Z.json"
    record.parent.mkdir(exist_ok=True)
    record.write_text("{}")
    example = fleet.project.root / ".env.deploy.example"
    example.write_text("# tokens\nCLOUDFLARE_API_TOKEN_GONE=\nCLOUDFLARE_API_TOKEN_OTHER=\n")

    refused = remove(fleet, "gone", "--apply")
    assert refused.code == 2, refused.said
    assert "nothing was deleted: 7 of 7 names are not typed" in refused.err
    short = remove(fleet, "gone", "--apply", "--delete", SCRIPT)
    assert short.code == 2
    assert holds(fleet, "gone") == before

    done = fleet.project.run(*typed(refused))
    assert done.code == 0, done.said
    assert not any(holds(fleet, "gone").values())
    assert not (fleet.project.root / "tenants/gone").exists()
    assert record.exists()
    assert example.read_text() == "# tokens\nCLOUDFLARE_API_TOKEN_OTHER=\n"
    assert holds(fleet, "other") == other
    assert token("gone") not in done.said + refused.said
    record.unlink()


def test_what_another_tenant_names_too_stays(fleet: EmptyFleet) -> None:
    yours = fleet.project.root / "tenants/yours"
    mine = fleet.staging("mine")["kv_namespaces"][0]
    config = (yours / "tenant.config.json").read_text()
    own = fleet.accounts["yours"]
    (yours / "tenant.config.json").write_text(config.replace(own, fleet.accounts["mine"]))
    wrangler = {"name": "yours", "env": {"staging": {"kv_namespaces": [mine]}}}
    (yours / "wrangler.jsonc").write_text(json.dumps(wrangler))

    refused = remove(fleet, "mine", "--apply")
    assert "yours has it, too" in refused.out
    done = fleet.project.run(*typed(refused))
    assert done.code == 0, done.said
    assert list(holds(fleet, "mine")["kv"].values()) == [mine["id"]]


def test_what_is_kept_stays_and_is_named(fleet: EmptyFleet) -> None:
    database = f"{SCRIPT}-db"
    words = typed(remove(fleet, "keep", "--apply", "--keep", database))
    assert database not in words
    done = fleet.project.run(*words, "--keep", database, "--format", "json")
    assert done.code == 0, done.said
    states = {one["name"]: one["state"] for one in json.loads(done.out)["holdings"]}
    assert states.pop(database) == "kept"
    assert list(holds(fleet, "keep")["d1"]) == [database]
    assert not holds(fleet, "keep")["kv"]


def test_environments_at_github_go_with_the_tenant(fleet: EmptyFleet) -> None:
    names = ("hub-staging", "hub-staging-readonly", "other-staging", "hub-production-plan")
    with github() as hub:
        for name in names:
            hub.environments[name] = {"name": name, "protection_rules": []}
        refused = remove(fleet, "hub", "--apply", **hub.environ())
        assert "GitHub's environment hub-production-plan" in refused.out
        assert hub.writes() == []
        done = fleet.project.run(*typed(refused), **hub.environ())
        assert done.code == 0, done.said
        assert list(hub.environments) == ["other-staging"]
        assert hub.token not in done.said


@pytest.mark.parametrize(("tenant", "kind"), [("lost", "drop_after"), ("late", "drop_before")])
def test_interrupted_removal_is_finished_by_the_same_command(
    fleet: EmptyFleet, tenant: str, kind: str
) -> None:
    words = typed(remove(fleet, tenant, "--apply"))
    with fleet.edge.faults({"method": "DELETE", "path": "*/d1/database/*", "kind": kind}):
        failed = fleet.project.run(*words)
    assert failed.code == 6, failed.said
    assert fleet.file(tenant).exists()
    done = fleet.project.run(*words)
    assert done.code == 0, done.said
    assert not any(holds(fleet, tenant).values())
    assert not fleet.file(tenant).exists()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("wrong", "--delete", "x"), "add --apply"),
        (("wrong", "--apply", "--keep", f"{SCRIPT}-db", "--delete", f"{SCRIPT}-db"), "both to"),
        (("misspelt",), "misspelt"),
        (("all",), "takes one tenant"),
    ],
)
def test_wrong_usage_deletes_nothing(fleet: EmptyFleet, words: tuple[str, ...], said: str) -> None:
    before = holds(fleet, "wrong")
    ran = fleet.project.run("tenant", "remove", *words)
    assert ran.code == 2, ran.said
    assert said in ran.err
    assert holds(fleet, "wrong") == before


def test_script_cannot_be_kept(fleet: EmptyFleet) -> None:
    upload(fleet, "wrong")
    ran = remove(fleet, "wrong", "--apply", "--keep", SCRIPT)
    assert ran.code == 2
    assert "a script without a tenant would have no owner" in ran.err
