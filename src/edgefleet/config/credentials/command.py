"""A program of the user's that knows tokens: `EDGEFLEET_CREDENTIAL_COMMAND`.

It speaks as git's credential helpers do (https://git-scm.com/docs/gitcredentials): it is called
with the argument `get`, reads `tenant=`, `environment=` and `target=` lines up to an empty one,
and writes a line `token=`. Other lines that it writes are ignored. Nothing that it writes to
stdout is ever shown.
"""

import re
import shlex
from collections.abc import Mapping
from pathlib import Path

from edgefleet.config.credentials import lock_credential
from edgefleet.config.target import Target
from edgefleet.core.foreign.text import foreign_text
from edgefleet.core.process import Finished, ProgramMissing, run
from edgefleet.core.redaction import Redactor
from edgefleet.core.secret import Secret
from edgefleet.errors import CredentialError

VARIABLE = "EDGEFLEET_CREDENTIAL_COMMAND"
TIMEOUT_SECONDS = 30.0
WORD = re.compile(r"[^\s=]{6,}")
"""What may be a secret, or a part of one, in what the program wrote."""


class CredentialCommand:
    """The program, as its variable names it: a command line, which no shell sees."""

    def __init__(self, line: str, environ: Mapping[str, str], folder: Path) -> None:
        self._line = line
        self._environ = environ
        self._folder = folder

    def token(self, target: Target) -> Secret:
        """Get a target's token from the program, each time anew: tokens may be short-lived.

        Raises `CredentialError`.
        """
        finished = self._ask(target)
        if finished.exit_code != 0:
            reason = _last_line(finished)
            raise CredentialError(
                f"{VARIABLE} returned no token for {target}: it ended with exit code "
                f"{finished.exit_code}{f': {reason}' if reason else ''}",
                hint=f"try it yourself: printf 'tenant={target.tenant}\\n"
                f"environment={target.environment}\\n\\n' | COMMAND get",
            )
        lines = (line.partition("=") for line in finished.stdout.splitlines())
        found = [value for key, _, value in lines if key == "token"]
        if len(found) != 1 or not found[0]:
            raise CredentialError(
                f"{VARIABLE} returned no token for {target}: it printed no line token=",
                hint="the program must print one line token=TOKEN to stdout and exit with 0",
            )
        return Secret(found[0])

    def _ask(self, target: Target) -> Finished:
        try:
            command = [*shlex.split(self._line), "get"]
        except ValueError as error:
            raise CredentialError(f"{VARIABLE} is not a valid command line: {error}") from error
        asked = {
            "tenant": target.tenant,
            "environment": target.environment,
            "target": str(target),
        }
        lines = "".join(f"{key}={value}\n" for key, value in asked.items())
        try:
            return run(
                command,
                cwd=self._folder,
                env={
                    name: value
                    for name, value in self._environ.items()
                    if name != lock_credential.VARIABLE
                },
                timeout=TIMEOUT_SECONDS,
                feed=f"{lines}\n",
            )
        except (ProgramMissing, TimeoutError, OSError) as error:
            why = "it did not end in time" if isinstance(error, TimeoutError) else "it cannot start"
            raise CredentialError(
                f"{VARIABLE} returned no token for {target}: {why}",
                hint="set it to a program and its arguments; edgefleet starts it without a shell",
            ) from error


def _last_line(finished: Finished) -> str:
    lines = finished.stderr.strip().splitlines()
    clean = Redactor(map(Secret, WORD.findall(finished.stdout)))
    return foreign_text(clean(lines[-1])) if lines else ""
