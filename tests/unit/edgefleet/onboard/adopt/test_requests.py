"""Which scripts are adopted, and as which targets."""

import json
from collections.abc import Iterable
from pathlib import Path

import pytest

from edgefleet.config.fleet_config import FleetConfig
from edgefleet.config.overlay.layers import Base
from edgefleet.config.target import PRODUCTION, STAGING, Environment
from edgefleet.errors import UsageError
from edgefleet.onboard.adopt.drafts import TenantDrafts
from edgefleet.onboard.adopt.requests import (
    AdoptAccount,
    AdoptSelection,
    distinct,
    parse_account,
    read_accounts,
    request_of,
    requests_of,
    tenants_of,
)

ONE, OTHER = "1" * 32, "2" * 32
BASE = Base("src/worker/wrangler.jsonc", "", {"name": "worker", "main": "index.ts"})


@pytest.fixture
def drafts(tmp_path: Path) -> TenantDrafts:
    (tmp_path / "tenants").mkdir()
    return TenantDrafts(tmp_path, FleetConfig(), BASE)


def add(drafts: TenantDrafts, tenant: str, account: str, **wrangler: object) -> None:
    """Write a tenant's files."""
    folder = drafts.root / "tenants" / tenant
    folder.mkdir()
    config = {"tenantId": tenant, "accountId": account}
    (folder / "tenant.config.json").write_text(json.dumps(config))
    if wrangler:
        (folder / "wrangler.jsonc").write_text(json.dumps(wrangler))


def target(
    drafts: TenantDrafts,
    script: str,
    environment: Environment | None = None,
    tenant: str | None = None,
    names: Iterable[str] = (),
) -> str:
    wanted = AdoptSelection([], script, environment)
    known = tenants_of(drafts, names)
    return str(request_of(AdoptAccount(ONE, tenant), wanted, known, drafts).target)


def test_a_target_is_named_after_the_script(drafts: TenantDrafts) -> None:
    assert target(drafts, "acme-staging") == "acme-staging"
    assert target(drafts, "acme", STAGING) == "acme-staging"
    assert target(drafts, "acme-staging", PRODUCTION) == "acme-staging-production"
    assert target(drafts, "my_bot", STAGING, "acme") == "acme-staging"


def test_the_tenant_that_has_the_account_is_meant(drafts: TenantDrafts) -> None:
    add(drafts, "birch", ONE)
    add(drafts, "cedar", OTHER)
    assert target(drafts, "acme-staging", names=["birch", "cedar"]) == "birch-staging"
    add(drafts, "alder", ONE)
    with pytest.raises(UsageError, match="is that of birch, alder"):
        target(drafts, "acme-staging", names=["birch", "cedar", "alder"])


@pytest.mark.parametrize(
    ("script", "environment", "tenant", "words"),
    [
        ("acme", None, None, "does not end in -staging or -production"),
        ("My_Bot", STAGING, None, "cannot be a tenant's name"),
        ("fleet", STAGING, None, "is reserved"),
        ("bot", STAGING, "shard-1", "is reserved"),
    ],
)
def test_a_script_that_names_no_target_is_refused(
    drafts: TenantDrafts, script: str, environment: Environment, tenant: str | None, words: str
) -> None:
    with pytest.raises(UsageError, match=words):
        target(drafts, script, environment, tenant)


def test_all_takes_the_scripts_that_are_named_as_the_base(drafts: TenantDrafts) -> None:
    names = ["worker-staging", "worker-production", "worker-dev", "other-staging", "worker"]
    found = requests_of(AdoptAccount(ONE), "acme", names, AdoptSelection([], None, None), drafts)
    assert [(str(one.target), one.script) for one in found] == [
        ("acme-staging", "worker-staging"),
        ("acme-production", "worker-production"),
    ]
    only = requests_of(
        AdoptAccount(ONE), "acme", names, AdoptSelection([], None, PRODUCTION), drafts
    )
    assert [one.script for one in only] == ["worker-production"]


def test_all_takes_the_names_of_a_tenants_own_file(drafts: TenantDrafts) -> None:
    add(drafts, "acme", ONE, name="bot", env={"production": {"name": "main-bot"}})
    names = ["worker-staging", "bot-staging", "main-bot"]
    found = requests_of(AdoptAccount(ONE), "acme", names, AdoptSelection([], None, None), drafts)
    assert [one.script for one in found] == ["bot-staging", "main-bot"]


def test_an_account_without_such_a_script_is_refused(drafts: TenantDrafts) -> None:
    with pytest.raises(UsageError, match="has no script worker-staging or worker-production"):
        requests_of(AdoptAccount(ONE), "acme", ["x"], AdoptSelection([], None, None), drafts)


def test_accounts_are_read_from_options_and_files(tmp_path: Path) -> None:
    file = tmp_path / "accounts.txt"
    file.write_text(f"# ours\n{ONE}\n\n {OTHER} = acme  # theirs\n")
    assert list(read_accounts(file)) == [AdoptAccount(ONE), AdoptAccount(OTHER, "acme")]
    assert parse_account(f"{ONE}=acme", "--account") == AdoptAccount(ONE, "acme")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (f"{ONE}\nacme\n", "accounts.txt:2: 'acme' is no account id"),
        (f"{ONE}=Acme Inc\n", "accounts.txt:1: 'Acme Inc' is no tenant's name"),
        (f"{ONE}=\n", "accounts.txt:1: '' is no tenant's name"),
    ],
)
def test_a_wrong_line_is_named(tmp_path: Path, text: str, words: str) -> None:
    file = tmp_path / "accounts.txt"
    file.write_text(text)
    with pytest.raises(UsageError) as refused:
        list(read_accounts(file))
    assert words in refused.value.message


def test_a_list_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    (tmp_path / "binary").write_bytes(b"\xff\xfe\x00")
    for name in ("binary", "missing"):
        with pytest.raises(UsageError, match=f"{name} cannot be read"):
            list(read_accounts(tmp_path / name))


def test_an_account_or_a_tenant_that_occurs_twice_is_refused() -> None:
    with pytest.raises(UsageError, match=f"{ONE} is named twice"):
        distinct([AdoptAccount(ONE), AdoptAccount(ONE, "acme")])
    with pytest.raises(UsageError, match="acme is named twice"):
        distinct([AdoptAccount(ONE, "acme"), AdoptAccount(OTHER, "acme")])
