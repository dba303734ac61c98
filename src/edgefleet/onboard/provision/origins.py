"""The database behind a Hyperdrive configuration, from the secret that holds its address."""

from urllib.parse import unquote, urlsplit

from edgefleet.cloudflare.creation.kinds import DatabaseOrigin
from edgefleet.config.credentials.lookup import Credentials
from edgefleet.config.target import Target
from edgefleet.core.redaction import known_secrets
from edgefleet.core.secret import Secret
from edgefleet.errors import CredentialError

PORTS = {"postgres": 5432, "postgresql": 5432, "mysql": 3306}


def origin_of(secret: str, target: Target, credentials: Credentials) -> DatabaseOrigin:
    """Return the database that a secret of a target names; raises `CredentialError`.

    No message repeats any part of the secret.
    """
    found = credentials.secret(secret, target)
    origin = _parsed(found.token.reveal())
    if origin is None:
        raise CredentialError(
            f"{found.source} holds no address of a database",
            hint="it has the form postgres://user:password@host:port/database (or mysql://...), "
            "with %-escapes for what has a meaning in addresses",
        )
    known_secrets.add(origin.password)
    return origin


def _parsed(text: str) -> DatabaseOrigin | None:
    try:
        url = urlsplit(text)
        port = url.port or PORTS[url.scheme]
    except (ValueError, KeyError):
        return None
    database = unquote(url.path.removeprefix("/"))
    if not (url.hostname and url.username and url.password and database):
        return None
    user, password = unquote(url.username), Secret(unquote(url.password))
    return DatabaseOrigin(url.scheme, url.hostname, port, database, user, password)
