"""The smoke test as a program of the owner's: what it gets, and why it failed."""

from collections.abc import Mapping
from pathlib import Path

from edgefleet.config.health.smoke import SmokeProgram
from edgefleet.config.target import Target
from edgefleet.core.foreign.text import foreign_text
from edgefleet.core.process import ProgramMissing, child_environment, run
from edgefleet.core.secret import Secret
from edgefleet.health.answers import redactor
from edgefleet.health.probe import VersionOverride

LONGEST_LINE = 200
"""Characters of a program's last line that are shown."""
HEAD = 4096
"""Characters at the end of its output that are looked at for that."""


def program_fault(
    program: SmokeProgram,
    url: str,
    target: Target,
    pin: VersionOverride | None,
    secrets: Mapping[str, Secret],
    *,
    root: Path,
    environ: Mapping[str, str],
) -> str:
    """Run the program in the fleet's folder; return why it failed, or nothing.

    Its environment has what `child_environment` lets through, the target, and the secrets that
    fleet.jsonc names: no token.
    """
    own = {
        "EDGEFLEET_URL": url,
        "EDGEFLEET_TENANT": target.tenant,
        "EDGEFLEET_ENVIRONMENT": str(target.environment),
        "EDGEFLEET_VERSION_ID": pin.version_id if pin else "",
        "EDGEFLEET_VERSION_OVERRIDE": next(iter(pin.headers().values())) if pin else "",
    }
    revealed = {name: secret.reveal() for name, secret in secrets.items()}
    env = child_environment(environ, "HOME") | revealed | own
    name = program.command[0]
    try:
        ended = run(program.command, cwd=root, env=env, timeout=program.timeout)
    except ProgramMissing as error:
        return error.message
    except TimeoutError as error:
        return str(error)
    except OSError as error:
        return f"{name} cannot be started: {error.strerror or type(error).__name__}"
    if ended.exit_code == 0:
        return ""
    said = _last_line(ended.stderr) or _last_line(ended.stdout)
    shown = foreign_text(redactor(tuple(secrets.values()))(said), LONGEST_LINE)
    return f"{name} ended with exit code {ended.exit_code}{f': {shown}' if shown else ''}"


def _last_line(output: str) -> str:
    lines = output[-HEAD:].strip().splitlines()
    return lines[-1] if lines else ""
