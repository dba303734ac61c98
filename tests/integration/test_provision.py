"""`edgefleet provision`: what tenants bind is made once, and their files have its ids."""

import json
import os
import pty
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from edgefleet.config.target import STAGING, Target
from edgefleet.locks.local import LocalLocks
from support.many import token
from support.provisioning import NAMESPACES, SCRIPT, EmptyFleet, empty_fleet

LOST = ("drop_after", "malformed", "drop_before")
NAMES = (
    *("plan", "make", "twice", "take", "copied", "rights", "differs", "sub", "busy", "kinds"),
    *("many1", "many2", "json", "asked", "held", *(f"lost{number}" for number in range(len(LOST)))),
)


@pytest.fixture(scope="module")
def fleet(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmptyFleet]:
    with empty_fleet(tmp_path_factory.mktemp("provision"), NAMES) as served:
        yield served


def test_without_apply_nothing_is_changed(fleet: EmptyFleet) -> None:
    fleet.edge.control("DELETE", "requests")
    ran = fleet.provision("plan")
    assert ran.code == 0, ran.said
    for name, binding in NAMESPACES.items():
        assert f"  + KV namespace '{name}' ({binding})\n" in ran.out
    assert ran.out.endswith(
        "nothing was changed; to make it: edgefleet provision --tenants plan --env staging "
        "--apply\n"
    )
    assert fleet.creations() == []
    assert not fleet.file("plan").exists()


def test_what_is_missing_is_made_and_its_ids_written(fleet: EmptyFleet) -> None:
    fleet.edge.control("DELETE", "requests")
    made = fleet.provision("make", "--apply")
    assert made.code == 0, made.said
    assert made.out.startswith("make-staging: complete: 7 made\n")
    fleet.assert_whole("make")
    assert len(fleet.creations()) == 7
    again = fleet.provision("make", "--apply")
    assert again.out == "make-staging: complete: 7 present\n"
    assert len(fleet.creations()) == 7
    checked = fleet.project.run("validate", "--tenants", "make", "--env", "staging", "--remote")
    assert checked.code == 0, checked.said


def test_resume_skips_what_is_complete_by_its_files(fleet: EmptyFleet) -> None:
    assert fleet.provision("twice", "--apply").code == 0
    fleet.edge.control("DELETE", "requests")
    skipped = fleet.provision("twice", "--apply", "--resume")
    assert (skipped.code, skipped.out) == (0, "twice-staging: skipped\n")
    assert fleet.edge.requests() == []
    fleet.file("twice").unlink()
    again = fleet.provision("twice", "--apply", "--resume")
    assert again.code == 0, again.said
    fleet.assert_whole("twice")
    assert fleet.creations() == []


def test_what_has_the_name_is_taken_with_yes_alone(fleet: EmptyFleet) -> None:
    theirs = fleet.api("take", "POST", "storage/kv/namespaces", json={"title": f"{SCRIPT}-cache"})
    fleet.api("take", "POST", "storage/kv/namespaces", json={"title": "theirs"})
    ran = fleet.provision("take", "--apply")
    assert ran.code == 2, ran.said
    assert f"the account has KV namespace '{SCRIPT}-cache' already" in ran.err
    assert "-> edgefleet provision --tenants take --env staging --apply --yes\n" in ran.err
    # The others are made all the same.
    assert len(fleet.staging("take")["kv_namespaces"]) == 2
    ran = fleet.provision("take", "--apply", "--yes")
    assert ran.code == 0, ran.said
    assert {"binding": "CACHE", "id": theirs["id"]} in fleet.staging("take")["kv_namespaces"]
    assert "nothing binds KV namespace 'theirs'; edgefleet deletes nothing" in ran.out
    assert "theirs" in fleet.has("take")["kv"]


@pytest.mark.parametrize(("answer", "code"), [("n", 2), ("y", 0)])
def test_on_a_terminal_you_are_asked(fleet: EmptyFleet, answer: str, code: int) -> None:
    if "asked" not in fleet.has("asked")["kv"]:
        fleet.api("asked", "POST", "storage/kv/namespaces", json={"title": "asked"})
        fleet.api("asked", "POST", "storage/kv/namespaces", json={"title": f"{SCRIPT}-cache"})
    ran = answered(fleet, "asked", answer)
    assert f"asked-staging: the account has KV namespace '{SCRIPT}-cache' already" in ran.stderr
    assert ran.returncode == code, ran.stderr
    assert len(fleet.staging("asked")["kv_namespaces"]) == (3 if answer == "y" else 2)


def answered(fleet: EmptyFleet, tenant: str, answer: str) -> "subprocess.CompletedProcess[str]":
    """Run the command on a terminal, on which a person answers its question."""
    person, terminal = pty.openpty()
    os.write(person, f"{answer}\n".encode())
    try:
        return subprocess.run(
            fleet.project.command("provision", "--tenants", tenant, "--env", "staging", "--apply"),
            cwd=fleet.project.root,
            env=fleet.project.environment({}),
            stdin=terminal,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
    finally:
        os.close(person)
        os.close(terminal)


def test_ids_of_another_account_are_replaced_in_place(fleet: EmptyFleet) -> None:
    before = f"""\
{{
  // copied from another tenant
  "env": {{
    "staging": {{
      "kv_namespaces": {{ "CACHE": {{ "id": "{"a" * 32}" }} }}, // by names
      "d1_databases": [
        {{
          "binding": "DB", // orders
          "database_name": "orders",
          "database_id": "7fa52e6d-90f7-4a09-a795-ebaef09a9f4c"
        }},
      ],
    }}
  }}
}}
"""
    fleet.file("copied").write_text(before)
    ran = fleet.provision("copied", "--apply")
    assert ran.code == 0, ran.said
    has, said = fleet.has("copied"), fleet.staging("copied")
    assert said["kv_namespaces"]["CACHE"]["id"] == has["kv"][f"{SCRIPT}-cache"]
    assert said["d1_databases"][0]["database_id"] == has["d1"]["orders"]
    text = fleet.file("copied").read_text()
    for kept in ("// copied from another tenant", "// by names", "// orders\n", "        },\n"):
        assert kept in text


def test_a_missing_permission_is_named(fleet: EmptyFleet) -> None:
    rights = [
        "Workers Scripts Write",
        "Workers KV Storage Write",
        "D1 Read",
        "Account Settings Read",
    ]
    rights += ["Vectorize Write", "AI Gateway Write"]
    permissions = {"token": token("rights"), "permissions": rights}
    fleet.edge.control("PUT", "permissions", json=permissions)
    ran = fleet.provision("rights", "--apply")
    assert ran.code == 5, ran.said
    assert "error: rights-staging: could not provision: the token of account" in ran.err
    assert "add the permission Account, D1, Edit" in ran.err
    assert len(fleet.staging("rights")["kv_namespaces"]) == 3
    fleet.edge.control("PUT", "permissions", json={**permissions, "permissions": None})
    assert fleet.provision("rights", "--apply").code == 0
    fleet.assert_whole("rights")


@pytest.mark.parametrize("kind", LOST)
def test_a_lost_response_makes_nothing_twice(fleet: EmptyFleet, kind: str) -> None:
    tenant = f"lost{LOST.index(kind)}"
    with fleet.edge.faults({"method": "POST", "path": "*", "kind": kind, "times": 2}):
        ran = fleet.provision(tenant, "--apply", EDGEFLEET_RETRY_SECONDS="10")
    assert ran.code == 0, ran.said
    fleet.assert_whole(tenant)


def test_another_shape_of_an_index_is_no_match(fleet: EmptyFleet) -> None:
    index = {"name": f"{SCRIPT}-vectorize", "config": {"dimensions": 32, "metric": "euclidean"}}
    fleet.api("differs", "POST", "vectorize/v2/indexes", json=index)
    ran = fleet.provision("differs", "--apply", "--yes")
    assert ran.code == 4, ran.said
    assert "it has 32 dimensions and the metric euclidean, and fleet.jsonc says 768" in ran.err
    assert "vectorize" not in fleet.staging("differs")


def test_a_name_below_workers_dev_that_is_taken(fleet: EmptyFleet) -> None:
    fleet.api("busy", "PUT", "workers/subdomain", json={"subdomain": "sub"})
    ran = fleet.provision("sub", "--apply")
    assert ran.code == 6, ran.said
    assert "-> edgefleet provision --tenants sub --env staging --apply --subdomain NAME" in ran.err
    ran = fleet.provision("sub", "--apply", "--subdomain", "sub-shop")
    assert ran.code == 0, ran.said
    assert fleet.api("sub", "GET", "workers/subdomain") == {"subdomain": "sub-shop"}


def test_a_part_that_failed_is_named_and_the_rest_done(fleet: EmptyFleet) -> None:
    account = fleet.accounts["many2"]
    fault = {"method": "POST", "path": f"*{account}/d1/database", "kind": "status", "status": 500}
    with fleet.edge.faults({**fault, "times": None}):
        ran = fleet.provision("many*", "--apply", EDGEFLEET_RETRY_SECONDS="0")
    assert ran.code == 10, ran.said
    assert "error: many2-staging: could not provision: POST /accounts/" in ran.err
    assert "error: 1 of 2 targets are left" in ran.err
    again = "edgefleet provision --tenants 'many*' --env staging --apply --resume"
    assert f"-> to do what is left: {again}" in ran.err
    fleet.assert_whole("many1")
    ran = fleet.provision("many*", "--apply", "--resume")
    assert ran.code == 0, ran.said
    assert "many1-staging: skipped\n" in ran.out
    fleet.assert_whole("many2")


def test_every_kind_is_made_as_the_files_say(fleet: EmptyFleet) -> None:
    staging = {
        "r2_buckets": [{"binding": "FILES", "bucket_name": "files", "jurisdiction": "eu"}],
        "queues": {
            "producers": [{"binding": "JOBS", "queue": "jobs"}],
            "consumers": [{"queue": "jobs", "dead_letter_queue": "dead"}],
        },
        "hyperdrive": [{"binding": "PG"}],
        "dispatch_namespaces": [{"binding": "USERS", "namespace": "users"}],
    }
    fleet.file("kinds").write_text(json.dumps({"env": {"staging": staging}}, indent=2))
    fleet_file = fleet.project.root / "fleet.jsonc"
    before = fleet_file.read_text()
    told = before.replace(
        '"aiGateways"', '"hyperdrive": { "PG": { "connectionString": "PG_URL" } },\n"aiGateways"'
    )
    fleet_file.write_text(told)
    secret = "postgres://u:canary-pw-51d0@db.example:6432/shop"
    try:
        lacking = fleet.provision("kinds", "--apply")
        ran = fleet.provision("kinds", "--apply", PG_URL_KINDS=secret)
    finally:
        fleet_file.write_text(before)
    assert lacking.code == 5, lacking.said
    assert "set PG_URL_KINDS in the environment or in .env.deploy" in lacking.err
    assert ran.code == 0, ran.said
    (made,) = fleet.api("kinds", "GET", "hyperdrive/configs")
    assert made["name"] == f"{SCRIPT}-pg"
    origin = {"scheme": "postgres", "host": "db.example", "port": 6432}
    assert made["origin"] == origin | {"database": "shop", "user": "u"}
    assert fleet.staging("kinds")["hyperdrive"] == [{"binding": "PG", "id": made["id"]}]
    assert fleet.has("kinds")["queues"].keys() == {"jobs", "dead"}
    headers = {"cf-r2-jurisdiction": "eu"}
    buckets = fleet.api("kinds", "GET", "r2/buckets", headers=headers)["buckets"]
    assert [one["name"] for one in buckets] == ["files"]
    (namespace,) = fleet.api("kinds", "GET", "workers/dispatch/namespaces")
    assert namespace["namespace_name"] == "users"
    assert "canary-pw" not in everything(fleet)


def test_a_target_that_another_run_holds_is_left(fleet: EmptyFleet) -> None:
    locks = LocalLocks(fleet.project.root / ".edgefleet" / "locks")
    target = Target(tenant="held", environment=STAGING)
    with locks.hold(target, "deploy", "alice", datetime.now(UTC)):
        ran = fleet.provision("held", "--apply")
    assert ran.code == 9, ran.said
    assert "error: held-staging: could not provision: " in ran.err
    assert "alice (deploy, process" in ran.err
    assert fleet.has("held")["kv"] == {}


def test_json_tells_each_resource(fleet: EmptyFleet) -> None:
    ran = fleet.provision("json", "--apply", "--format", "json")
    (entry,) = json.loads(ran.out)
    assert (entry["tenant"], entry["state"], entry["error"]) == ("json", "complete", None)
    kinds = [one["kind"] for one in entry["resources"]]
    assert kinds == ["KV namespace"] * 3 + [
        *("D1 database", "Vectorize index", "AI Gateway", "workers.dev subdomain")
    ]
    assert {one["state"] for one in entry["resources"]} == {"done"}


def test_no_token_is_written_anywhere(fleet: EmptyFleet) -> None:
    assert len(fleet.project.printed) > 10
    assert "canary-" not in everything(fleet)


def everything(fleet: EmptyFleet) -> str:
    """Return what commands printed and wrote."""
    root = fleet.project.root
    files = [file for file in root.rglob("*") if file.is_file() and ".git" not in file.parts]
    texts = [file.read_text(errors="replace") for file in files if file.name != ".env.deploy"]
    return "\n".join([*fleet.project.printed, *texts])
