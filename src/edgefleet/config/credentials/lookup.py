"""Each tenant's API token and smoke key: from the process environment, then `.env.deploy`.

If neither has a token, the program that EDGEFLEET_CREDENTIAL_COMMAND names provides it.
"""

import io
import re
from collections.abc import Iterable, Mapping
from functools import cached_property
from pathlib import Path

from dotenv.parser import parse_stream

from edgefleet.config.credentials.command import VARIABLE, CredentialCommand
from edgefleet.config.credentials.issued_tokens import announce
from edgefleet.config.identifiers import VARIABLES, variable
from edgefleet.config.target import Target
from edgefleet.core.model import Model
from edgefleet.core.redaction import SHORTEST_SECRET, known_secrets
from edgefleet.core.regular_files import FileTooLargeError, NotRegularFileError, read_regular
from edgefleet.core.secret import Secret
from edgefleet.core.secret_scanner import names_secret
from edgefleet.errors import CredentialError

PLAIN, SMOKE = VARIABLES
"""What an API key's variable begins with; by itself, the secret of a GitHub environment."""
FILE = ".env.deploy"
WORKERS_DEV = "EDGEFLEET_WORKERS_DEV"
LARGEST_FILE = 4 * 1024 * 1024
"""Bytes; the tokens of 10,000 tenants have one megabyte."""


class Credential(Model, arbitrary_types_allowed=True):
    """A token or key and where it was found, such as `CLOUDFLARE_API_TOKEN_ACME in .env.deploy`."""

    token: Secret
    source: str
    plain: bool = False
    """Whether it is the plain CLOUDFLARE_API_TOKEN, which names no tenant."""


class Credentials:
    """Finds tokens, and reads their sources only when needed."""

    def __init__(self, environ: Mapping[str, str], root: Path) -> None:
        self._environ = environ
        self._file = root / FILE
        line = environ.get(VARIABLE)
        self._command = CredentialCommand(line, environ, root) if line else None
        self._issued: set[Secret] = set()
        self.plain_for: set[Target] = set()
        """The targets for which the plain CLOUDFLARE_API_TOKEN was found."""

    def find(self, target: Target, *, allow_plain: bool) -> Credential:
        """Return the target's token, the most specific first, the environment before the file.

        The plain CLOUDFLARE_API_TOKEN is a last resort, for a command on one tenant alone, which
        then says so: a silent one is how people deploy to the wrong account.
        Raises `CredentialError`.
        """
        names = token_names(target)
        found = self._search(names) or self._issue(target)
        if found is None and allow_plain:
            found = self._search((PLAIN,))
            if found:
                self.plain_for.add(target)
        if found is None:
            raise CredentialError(
                f"there is no token for {target}",
                hint=f"set {names[-1]} in the environment or in {FILE}",
            )
        return found

    def stored(self, target: Target) -> Credential | None:
        """Return the target's token if a variable holds it; the credential command is not run.

        Raises `CredentialError` if it cannot be a token.
        """
        return self._search(token_names(target))

    def secret(self, name: str, target: Target, *, shared: bool = False) -> Credential:
        """Return a secret that fleet.jsonc names, as the variables of a target hold it.

        Where none of them does, a `shared` one may be held by NAME itself. Raises
        `CredentialError`.
        """
        names = secret_names(name, target)
        found = self._search((*names, name) if shared else names)
        if found is None:
            variable = name if shared else names[-1]
            raise CredentialError(
                f"fleet.jsonc names the secret {name}, and {target} has none",
                hint=f"set {variable} in the environment or in {FILE}",
            )
        return found

    @property
    def embedded(self) -> bool:
        """Whether Workers answer at an embedded Cloudflare, on this machine."""
        return bool(self._environ.get(WORKERS_DEV))

    def secrets(self) -> tuple[Secret, ...]:
        """Return every secret in reach, of any tenant, to be kept out of all output."""
        found = {
            value
            for _, values in self._places()
            for name, value in values.items()
            if names_secret(name) and len(value) >= SHORTEST_SECRET
        }
        return (*(Secret(value) for value in found), *self._issued)

    def _issue(self, target: Target) -> Credential | None:
        if self._command is None:
            return None
        token = self._command.token(target)
        self._issued.add(token)
        if token not in known_secrets:
            announce(token, self._environ)
        return _credential(VARIABLE, "the environment", token.reveal())

    def _search(self, names: Iterable[str]) -> Credential | None:
        for place, values in self._places():
            for name in names:
                if values.get(name):
                    return _credential(name, place, values[name])
        return None

    def _places(self) -> tuple[tuple[str, Mapping[str, str]], ...]:
        return (("the environment", self._environ), (FILE, self._in_file))

    @cached_property
    def _in_file(self) -> dict[str, str]:
        return _read(self._file)


def secret_names(name: str, target: Target) -> tuple[str, str]:
    """Return the variables that may hold a secret of fleet.jsonc, the most specific first."""
    return _names(name, target)


def token_names(target: Target) -> tuple[str, str]:
    """Return the variables that may hold a target's token, the most specific first."""
    return _names(PLAIN, target)


def _names(kind: str, target: Target) -> tuple[str, str]:
    return (
        variable(kind, target.tenant, target.environment),
        variable(kind, target.tenant),
    )


def _credential(name: str, place: str, value: str) -> Credential:
    if not re.fullmatch(r"[!-~]+", value):
        raise CredentialError(
            f"{name} in {place} holds a space or another character that no token has",
            hint="copy it again, without quotes or line breaks",
        )
    token = Secret(value)
    known_secrets.add(token)
    return Credential(token=token, source=f"{name} in {place}", plain=name == PLAIN)


def _read(path: Path) -> dict[str, str]:
    try:
        # It may be a link. A pipe would block, and a device never ends.
        text = read_regular(path, LARGEST_FILE, follow=True).decode("utf-8-sig")
    except FileNotFoundError:
        return {}
    except (NotRegularFileError, FileTooLargeError) as error:
        raise CredentialError(
            f"{path.name} cannot be read: {error}",
            hint=f"make {path.name} a file, or name a program in {VARIABLE}",
        ) from error
    except (OSError, UnicodeDecodeError) as error:
        raise CredentialError(f"{path.name} cannot be read: {type(error).__name__}") from error
    values: dict[str, str] = {}
    for binding in parse_stream(io.StringIO(text)):
        if binding.error:
            raise CredentialError(
                f"{path.name}:{binding.original.line}: this line is not NAME=VALUE",
                hint="each line is NAME=VALUE, or a comment that starts with #",
            )
        if binding.key is not None and binding.value is not None:
            values[binding.key] = binding.value
    return values
