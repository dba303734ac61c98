"""The credential that git needs to push a lock, where a job has one: EDGEFLEET_LOCK_TOKEN.

Git takes it from its own variables, GIT_CONFIG_COUNT, GIT_CONFIG_KEY_n and GIT_CONFIG_VALUE_n
(https://git-scm.com/docs/git-config): every user of a machine can read a command line.
"""

from base64 import b64encode
from collections.abc import Iterator, Mapping
from urllib.parse import urlsplit

from edgefleet.core.redaction import known_secrets
from edgefleet.core.secret import Secret
from edgefleet.errors import CredentialError

VARIABLE = "EDGEFLEET_LOCK_TOKEN"
USER = "x-access-token"
"""Whose password GitHub takes a job's token for
(https://docs.github.com/apps/creating-github-apps/authenticating-with-a-github-app)."""
LOOPBACK = {"127.0.0.1", "::1", "localhost"}
TELLS = ("GIT_TRACE", "GIT_CURL_VERBOSE")
"""Variables that begin so make git write down what it sends."""


def with_credential(
    environ: Mapping[str, str], url: str, given: Mapping[str, str]
) -> Mapping[str, str]:
    """Return git's environment with the credential for the server of a remote's address.

    It is the same environment where `given` has no token, or where the address is not https (or
    http on this machine): the token goes to no other server, and is never sent in clear.
    Raises `CredentialError` for what cannot be a token.
    """
    token = given.get(VARIABLE, "")
    server = _server(url)
    if not token or server is None:
        return environ
    if not (token.isascii() and token.isprintable()) or " " in token:
        raise CredentialError(f"{VARIABLE} holds a character that no token has")
    word = b64encode(f"{USER}:{token}".encode()).decode()
    for secret in (token, word):
        known_secrets.add(Secret(secret))
    quiet = {name: value for name, value in environ.items() if not name.startswith(TELLS)}
    return quiet | dict(_settings(quiet, server, f"AUTHORIZATION: basic {word}"))


def _server(url: str) -> str | None:
    try:
        parts = urlsplit(url)
        port = f":{parts.port}" if parts.port else ""
    except ValueError:
        return None
    host = parts.hostname or ""
    if parts.scheme == "https" or (parts.scheme == "http" and host in LOOPBACK):
        return f"{parts.scheme}://{f'[{host}]' if ':' in host else host}{port}/"
    return None


def _settings(environ: Mapping[str, str], server: str, header: str) -> Iterator[tuple[str, str]]:
    """Yield the variables that add to the settings which the environment has already.

    No program that git starts is to see the token: no credential helper, no hook. No other server
    is to get it: git follows no redirection.
    """
    settings = (
        (f"http.{server}.extraheader", header),
        (f"http.{server}.followRedirects", "false"),
        ("credential.helper", ""),
        ("core.askPass", ""),
        ("core.hooksPath", "/dev/null"),
        ("core.fsmonitor", "false"),
    )
    count = environ.get("GIT_CONFIG_COUNT", "0")
    first = int(count) if count.isdecimal() else 0
    for number, (key, value) in enumerate(settings, first):
        yield f"GIT_CONFIG_KEY_{number}", key
        yield f"GIT_CONFIG_VALUE_{number}", value
    yield "GIT_CONFIG_COUNT", str(first + len(settings))
    yield "GIT_ASKPASS", ""
    yield "SSH_ASKPASS", ""
