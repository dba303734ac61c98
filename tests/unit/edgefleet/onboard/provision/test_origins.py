"""The address of a database comes from a secret, of which no message says anything."""

from pathlib import Path

import pytest

from edgefleet.config.credentials.lookup import Credentials
from edgefleet.config.target import STAGING, Target
from edgefleet.core.redaction import known_secrets
from edgefleet.errors import CredentialError
from edgefleet.onboard.provision.origins import origin_of

TARGET = Target(tenant="acme", environment=STAGING)


def credentials(tmp_path: Path, **environ: str) -> Credentials:
    return Credentials(environ, tmp_path)


def test_the_parts_of_the_address_are_unescaped(tmp_path: Path) -> None:
    url = "mysql://me%40x:canary%2Fpassword-71d0@db.example/my%20shop"
    found = origin_of("PG_URL", TARGET, credentials(tmp_path, PG_URL_ACME_STAGING=url))
    assert found[:5] == ("mysql", "db.example", 3306, "my shop", "me@x")
    assert found.password.reveal() == "canary/password-71d0"
    assert "canary" not in known_secrets("refused: canary/password-71d0")


@pytest.mark.parametrize(
    "url",
    [
        "canary",
        "http://u:canary@db/x",
        "postgres://u:canary@db:port/x",
        "postgres://u:canary@db",
        "postgres://u@db/canary",
        "postgres://u:canary@/x",
        "postgres://u:canary@[db/x",
    ],
)
def test_a_secret_that_is_no_address_is_named_and_not_shown(tmp_path: Path, url: str) -> None:
    with pytest.raises(CredentialError) as refused:
        origin_of("PG_URL", TARGET, credentials(tmp_path, PG_URL_ACME=url))
    assert "PG_URL_ACME in the environment holds no address of a database" in refused.value.message
    assert "canary" not in refused.value.message + refused.value.hint


def test_a_secret_that_is_not_set_is_named(tmp_path: Path) -> None:
    with pytest.raises(CredentialError, match="acme-staging has none"):
        origin_of("PG_URL", TARGET, credentials(tmp_path))
