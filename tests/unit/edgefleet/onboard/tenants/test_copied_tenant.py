"""`tenant add --like`: the files of one tenant become those of another."""

from pathlib import Path

import pyjson5
import pytest

from edgefleet.errors import ConfigError, UsageError
from edgefleet.onboard.tenants.copied_tenant import copied_files, notes_of_copy
from edgefleet.onboard.tenants.new_tenant import NewTenant
from support.project import ROOT

NEW = NewTenant("acme", "c" * 32, ring=2, tags=("eu",))
CONFIG = """\
// Settings of shop. The workshop is another word.
{
  "tenantId": "shop", "accountId": "%s",
  "pin": { "commit": "1234567", "reason": "r", "expires": "2030-01-01" },
  "takeHostsFrom": ["old-shop"],
  "settings": { "host": "www.shop.example", "other": "workshop" }, // mine
}
"""
WRANGLER = """\
{
  "account_id": "%s", // shop's
  "routes": [{ "pattern": "shop.example", "custom_domain": true }],
  "env": {
    "staging": {
      "kv_namespaces": [{ "binding": "KV", "id": "1", "preview_id": "2" }],
      "d1_databases": [{ "binding": "DB", "database_name": "shop-db", "database_id": "3" }]
    }
  }
}
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "tenants/shop/public").mkdir(parents=True)
    (tmp_path / "tenants/shop/tenant.config.json").write_text(CONFIG % ("a" * 32))
    (tmp_path / "tenants/shop/wrangler.jsonc").write_text(WRANGLER % ("a" * 32))
    (tmp_path / "tenants/shop/public/index.html").write_text("hello")
    return tmp_path


def test_settings_are_copied_under_the_new_name(root: Path) -> None:
    text = copied_files(root, "shop", NEW)["tenants/acme/tenant.config.json"]
    assert pyjson5.decode(text) == {
        "tenantId": "acme",
        "accountId": "c" * 32,
        "settings": {"host": "www.acme.example", "other": "workshop"},
        "ring": 2,
        "tags": ["eu"],
    }
    assert text.startswith("// Settings of acme. The workshop is another word.\n")
    assert "// mine" in text


def test_ids_and_hosts_of_one_account_are_not_copied(root: Path) -> None:
    text = copied_files(root, "shop", NEW)["tenants/acme/wrangler.jsonc"]
    assert pyjson5.decode(text) == {
        "account_id": "c" * 32,
        "env": {
            "staging": {
                "kv_namespaces": [{"binding": "KV"}],
                "d1_databases": [{"binding": "DB", "database_name": "acme-db"}],
            }
        },
    }


def test_what_is_left_to_look_at_is_named(root: Path) -> None:
    first, second = notes_of_copy(root, "shop", NEW)
    assert "settings are those of shop" in first
    assert second == "not copied: tenants/shop/public/index.html"


@pytest.mark.parametrize("other", ["missing", "../tenants/shop", ""])
def test_unknown_tenant_is_wrong_usage(root: Path, other: str) -> None:
    with pytest.raises(UsageError, match="there is no tenant"):
        copied_files(root, other, NEW)


def test_broken_file_is_named_with_its_place(root: Path) -> None:
    (root / "tenants/shop/wrangler.jsonc").write_text("{\n  nonsense\n}")
    with pytest.raises(ConfigError, match=r"tenants/shop/wrangler\.jsonc:\d:\d+: "):
        copied_files(root, "shop", NEW)


def test_tenants_of_this_repository_can_be_copied() -> None:
    for other in ("mrrainbowsmoke", "rainbowsmokeofficial"):
        texts = copied_files(ROOT, other, NEW)
        assert all(other not in text for text in texts.values())
