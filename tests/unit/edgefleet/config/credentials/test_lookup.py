"""Where a tenant's token comes from."""

import os
from pathlib import Path

import pytest

from edgefleet.config.credentials.lookup import SMOKE, Credentials
from edgefleet.config.target import PRODUCTION, STAGING, Target
from edgefleet.errors import CredentialError

TARGET = Target(tenant="acme-shop", environment=STAGING)
SPECIFIC = "CLOUDFLARE_API_TOKEN_ACME_SHOP_STAGING"
TENANTS = "CLOUDFLARE_API_TOKEN_ACME_SHOP"
PLAIN = "CLOUDFLARE_API_TOKEN"


def test_the_environment_specific_token_wins_over_the_tenants(tmp_path: Path) -> None:
    found = Credentials({SPECIFIC: "one", TENANTS: "two"}, tmp_path).find(TARGET, allow_plain=False)
    assert found.token.reveal() == "one"
    assert found.source == f"{SPECIFIC} in the environment"


def test_the_process_environment_wins_over_the_file(tmp_path: Path) -> None:
    (tmp_path / ".env.deploy").write_text(f"{SPECIFIC}=file\n")
    found = Credentials({TENANTS: "environment"}, tmp_path).find(TARGET, allow_plain=False)
    assert found.token.reveal() == "environment"


def test_the_file_is_read_with_comments_quotes_and_exports(tmp_path: Path) -> None:
    (tmp_path / ".env.deploy").write_text(f"# tokens\nexport {TENANTS}='quoted'  # mine\n")
    found = Credentials({}, tmp_path).find(TARGET, allow_plain=False)
    assert (found.token.reveal(), found.source) == ("quoted", f"{TENANTS} in .env.deploy")


def test_the_plain_token_is_the_last_resort_and_marked(tmp_path: Path) -> None:
    (tmp_path / ".env.deploy").write_text(f"{TENANTS}=mine\n")
    assert not Credentials({PLAIN: "plain"}, tmp_path).find(TARGET, allow_plain=True).plain
    (tmp_path / ".env.deploy").unlink()
    assert Credentials({PLAIN: "plain"}, tmp_path).find(TARGET, allow_plain=True).plain


def test_the_plain_token_is_not_taken_where_it_is_not_allowed(tmp_path: Path) -> None:
    with pytest.raises(CredentialError, match="no token for acme-shop-staging") as caught:
        Credentials({PLAIN: "plain"}, tmp_path).find(TARGET, allow_plain=False)
    assert TENANTS in caught.value.hint


def test_an_empty_token_is_no_token(tmp_path: Path) -> None:
    with pytest.raises(CredentialError):
        Credentials({SPECIFIC: "", TENANTS: ""}, tmp_path).find(TARGET, allow_plain=True)


@pytest.mark.parametrize("value", ["two words", "line\nbreak", "ümlaut", " lead"])
def test_malformed_token_is_refused_without_printing_it(tmp_path: Path, value: str) -> None:
    with pytest.raises(CredentialError, match=TENANTS) as caught:
        Credentials({TENANTS: value}, tmp_path).find(TARGET, allow_plain=False)
    assert value not in str(caught.value) + caught.value.hint


def test_a_line_that_cannot_be_read_is_named_by_its_number(tmp_path: Path) -> None:
    (tmp_path / ".env.deploy").write_text("A=1\n'what is this\n")
    with pytest.raises(CredentialError, match=r"\.env\.deploy:2:"):
        Credentials({}, tmp_path).find(TARGET, allow_plain=False)


def test_a_file_that_is_not_text_is_one_clear_error(tmp_path: Path) -> None:
    (tmp_path / ".env.deploy").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(CredentialError, match=r"\.env\.deploy cannot be read"):
        Credentials({}, tmp_path).find(TARGET, allow_plain=False)


def test_file_is_read_through_a_link_and_never_a_pipe(tmp_path: Path) -> None:
    """Review 20: a link to the file is followed; what never ends holds up no command."""
    (tmp_path / "kept").write_text(f"{TENANTS}=linked\n")
    (tmp_path / ".env.deploy").symlink_to(tmp_path / "kept")
    found = Credentials({}, tmp_path).find(TARGET, allow_plain=False)
    assert found.token.reveal() == "linked"
    for place in ("pipe", "device"):
        root = tmp_path / place
        root.mkdir()
        if place == "pipe":
            os.mkfifo(root / ".env.deploy")
        else:
            (root / ".env.deploy").symlink_to("/dev/zero")
        with pytest.raises(CredentialError, match=r"\.env\.deploy cannot be read: it is not a reg"):
            Credentials({}, root).find(TARGET, allow_plain=False)


def test_every_secret_in_reach_is_known_whoever_it_belongs_to(tmp_path: Path) -> None:
    (tmp_path / ".env.deploy").write_text("CLOUDFLARE_API_TOKEN_OTHER=other-tenants-token\n")
    secrets = Credentials({"NPM_TOKEN": "npm-token-value", "EDITOR": "vim"}, tmp_path).secrets()
    assert {secret.reveal() for secret in secrets} == {"other-tenants-token", "npm-token-value"}


def test_smoke_key_is_found_like_a_token(tmp_path: Path) -> None:
    (tmp_path / ".env.deploy").write_text("EDGEFLEET_SMOKE_KEY_ACME_SHOP=of-the-tenant\n")
    credentials = Credentials({"EDGEFLEET_SMOKE_KEY_ACME_SHOP_STAGING": "of-staging"}, tmp_path)

    assert credentials.secret(SMOKE, TARGET).token.reveal() == "of-staging"
    production = Target(tenant="acme-shop", environment=PRODUCTION)
    assert credentials.secret(SMOKE, production).token.reveal() == "of-the-tenant"
    assert {it.reveal() for it in credentials.secrets()} == {"of-staging", "of-the-tenant"}
    with pytest.raises(CredentialError, match="no token"):
        credentials.find(TARGET, allow_plain=True)


def test_a_token_is_never_taken_for_a_smoke_key(tmp_path: Path) -> None:
    with pytest.raises(CredentialError, match="and acme-shop-staging has none") as caught:
        Credentials({SPECIFIC: "one", PLAIN: "plain"}, tmp_path).secret(SMOKE, TARGET)
    assert "EDGEFLEET_SMOKE_KEY_ACME_SHOP" in caught.value.hint
