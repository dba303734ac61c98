"""`edgefleet validate --remote` against an embedded Cloudflare."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pyjson5
import pytest

from support.fleet import make_fleet
from support.localedge import LocalEdge, start_localedge
from support.project import Project, Ran

TOKENS = {name: f"canary-{name}-3d1c95f07be24a68" for name in ("alder", "birch")}


@dataclass
class Fleet:
    """The small fleet, and the accounts of its tenants."""

    project: Project
    edge: LocalEdge

    def validate(self, *arguments: str, **environ: str) -> Ran:
        """Run the command, and hold that it changed nothing and told no token."""
        ran = self.project.run("validate", "--remote", *arguments, **environ)
        assert {request["method"] for request in self.edge.requests()} <= {"GET"}
        assert not any(token in ran.said for token in TOKENS.values())
        return ran


@pytest.fixture(scope="module")
def accounts(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalEdge]:
    """Accounts that have all that the fleet names."""
    root = make_fleet(tmp_path_factory.mktemp("provision"))
    files = [root / "tenants" / name / "wrangler.jsonc" for name in TOKENS]
    ids = [pyjson5.decode(file.read_text())["account_id"] for file in files]
    opened = [(id_, name, TOKENS[name]) for id_, name in zip(ids, TOKENS, strict=True)]
    state = tmp_path_factory.mktemp("state")
    with start_localedge(state, opened, provision=files, runtime="none") as edge:
        yield edge


@pytest.fixture
def fleet(accounts: LocalEdge, tmp_path: Path) -> Fleet:
    environ = {f"CLOUDFLARE_API_TOKEN_{name.upper()}": token for name, token in TOKENS.items()}
    environ["CLOUDFLARE_API_BASE_URL"] = accounts.api
    return Fleet(Project(make_fleet(tmp_path), tmp_path, environ), accounts)


def change(fleet: Fleet, file: str, before: str, after: str) -> None:
    path = fleet.project.root / "tenants/alder" / file
    text = path.read_text()
    assert before in text
    path.write_text(text.replace(before, after, 1))


def test_a_fleet_whose_accounts_have_everything_is_valid(fleet: Fleet) -> None:
    ran = fleet.validate()
    assert (ran.code, ran.out) == (0, "")
    assert ran.err == "2 tenants, 4 targets: no errors, no warnings\n"


def test_what_an_account_lacks_is_found_at_its_key(fleet: Fleet) -> None:
    change(fleet, "wrangler.jsonc", "1f80c68b8213a793567aa62e244975ec", "0" * 32)
    change(fleet, "wrangler.jsonc", '"index_name": "alder-worker-staging"', '"index_name": "gone"')
    change(fleet, "tenant.config.json", '"requiredSecrets": []', '"requiredSecrets": ["UPSTREAM"]')
    ran = fleet.validate("--tenants", "alder", "--env", "staging")
    assert ran.code == 4
    assert [" ".join(line.split(": ")[:2]) for line in ran.out.splitlines()] == [
        "tenants/alder/tenant.config.json:23:23 remote-secret-missing",
        "tenants/alder/wrangler.jsonc:22:38 remote-kv-namespace-missing",
        "tenants/alder/wrangler.jsonc:33:47 remote-vectorize-index-missing",
    ]


def test_a_token_of_another_account_ends_with_5(fleet: Fleet) -> None:
    ran = fleet.validate("--tenants", "alder", CLOUDFLARE_API_TOKEN_ALDER=TOKENS["birch"])
    assert ran.code == 5
    assert "does not open account 398a5043bba7fd79fa4b66b6b84cc0f5" in ran.err


def test_no_token_ends_with_5(fleet: Fleet) -> None:
    del fleet.project.environ["CLOUDFLARE_API_TOKEN_BIRCH"]
    ran = fleet.validate()
    assert ran.code == 5
    assert "CLOUDFLARE_API_TOKEN_BIRCH" in ran.err


def test_a_token_that_names_no_tenant_is_said_aloud(fleet: Fleet) -> None:
    plain = {"CLOUDFLARE_API_TOKEN": fleet.project.environ.pop("CLOUDFLARE_API_TOKEN_ALDER")}
    ran = fleet.validate("--tenants", "alder", "--env", "staging", **plain)
    assert ran.code == 0
    assert "note: CLOUDFLARE_API_TOKEN" in ran.err
    assert "names no tenant; it was used for alder-staging" in ran.err


def test_buckets_queues_and_scripts_are_looked_for_by_name(fleet: Fleet) -> None:
    """R24: each that is missing is named; without a permission that is said."""
    more = (
        '"r2_buckets": [{ "binding": "FILES", "bucket_name": "flies" }], '
        '"queues": { "producers": [{ "binding": "JOBS", "queue": "jobs" }] }, '
        '"hyperdrive": [{ "binding": "PG", "id": "9f9f" }], '
        '"tail_consumers": [{ "service": "absent" }], "triggers": '
    )
    change(fleet, "wrangler.jsonc", '"triggers": ', more)
    ran = fleet.validate("--tenants", "alder", "--env", "staging")
    assert ran.code == 4, ran.said
    for words in (
        "no R2 bucket 'flies'",
        "no queue 'jobs'",
        "no Hyperdrive configuration '9f9f'",
        "no script 'absent'",
    ):
        assert f"remote-resource-missing: the account has {words}" in ran.out
    refusal = {"kind": "status", "status": 403, "code": 10000, "times": None}
    with fleet.edge.faults({"method": "GET", "path": "*/queues*", **refusal}):
        ran = fleet.validate("--tenants", "alder", "--env", "staging")
    assert "remote-resource-unseen: warning: not checked: the queue 'jobs'" in ran.out
