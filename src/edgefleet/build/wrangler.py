"""wrangler, run from the repository's locked npm tree in an isolated environment.

It gets a home, a working folder and an environment made for the call, so that no cached login,
cached account or stray `.env` file is used, and no other tenant's token is in reach. Its result
is read from WRANGLER_OUTPUT_FILE_PATH; what it prints is only ever shown to people.
"""

from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from shutil import which
from tempfile import TemporaryDirectory

from edgefleet.build.bundle_size import cpu_time_ms
from edgefleet.build.failed_output import Redact, last_lines
from edgefleet.cloudflare.worker.static_assets import AssetSet
from edgefleet.core.foreign.json import parse_json
from edgefleet.core.foreign.text import foreign_text
from edgefleet.core.model import Json, Model
from edgefleet.core.process import (
    Finished,
    ProgramMissing,
    TooMuchOutput,
    child_environment,
    run,
    run_in_terminal,
)
from edgefleet.core.secret import Secret
from edgefleet.errors import CloudflareError
from edgefleet.toolchain.node import path_with_node
from edgefleet.toolchain.places import setup_command

WRANGLER_ENV = {
    "CI": "true",
    "NO_COLOR": "1",
    "WRANGLER_SEND_METRICS": "false",
    "WRANGLER_SEND_ERROR_REPORTS": "false",
    "WRANGLER_HIDE_BANNER": "true",
}
COMPILED = "NODE_COMPILE_CACHE"
"""Where Node keeps wrangler compiled, if the user names a folder: a fifth of the time of a start.

https://nodejs.org/api/module.html#module-compile-cache
"""
FLAGS = ("--single-threaded-gc", "--min-semi-space-size=16")
"""For Node, which collects garbage more seldom then: a sixth less processor time for a command.

wrangler's launcher hands them on to the Node in which it starts wrangler.
"""
CREATE_NOTHING = "--experimental-provision=false"
"""Without it, wrangler creates a missing bucket or database, empty."""
TIMEOUT_SECONDS = 300.0
STARTUP_SECONDS = 30.0
"""A Worker that has not started by then never will; Cloudflare allows one second."""


class WranglerError(CloudflareError):
    """wrangler failed; the message quotes its output."""

    code = "wrangler"


class WranglerAuth(Model, arbitrary_types_allowed=True):
    """Which account wrangler may work on, where its API is, and the token for it."""

    account_id: str
    token: Secret
    base_url: str


class Bundled(Model):
    """What `wrangler deploy --dry-run` made."""

    form: bytes | None
    """The form that an upload would send; None for assets alone, which have no code."""
    inputs: tuple[Path, ...]
    """Every file that the bundler read; it generated some, which are on no disk."""
    assets: AssetSet | None = None
    """The static assets that a build made."""


class Wrangler:
    """The wrangler of an npm tree: edgefleet's own, whatever a fleet's project has installed."""

    def __init__(self, tree: Path, environ: Mapping[str, str], redact: Redact) -> None:
        self._package = tree / "wrangler"
        self._program = tree / ".bin" / "wrangler"
        self._environ = environ
        self._redact = redact

    def version(self) -> str:
        """Return the version of the installed wrangler."""
        return str(self._described()["version"])

    def _described(self) -> dict[str, Json]:
        try:
            text = (self._package / "package.json").read_bytes()
        except FileNotFoundError as error:
            raise ProgramMissing(
                f"wrangler is not installed in {self._package.parent}",
                hint=setup_command(),
            ) from error
        described: dict[str, Json] = parse_json(text)
        return described

    def bundle(self, config: Path) -> Bundled:
        """Bundle what a configuration names. Raises `WranglerError`."""
        with TemporaryDirectory(prefix="edgefleet-") as name:
            scratch = Path(name)
            form, metafile = scratch / "bundle.form", scratch / "metafile.json"
            written = ["--outfile", str(form), "--metafile", str(metafile)]
            finished = self._run(
                ["deploy", "--dry-run", "--config", str(config), *written], scratch
            )
            if finished.exit_code != 0 or not form.exists():
                raise self._failure("wrangler could not bundle the Worker", finished)
            # With no_bundle nothing is read but the modules, and there is no metafile.
            read = parse_json(metafile.read_bytes())["inputs"] if metafile.exists() else ()
            # Its paths are relative to the configuration's folder (seen with wrangler 4.63.0).
            inputs = tuple((config.parent / path).resolve() for path in read)
            return Bundled(form=form.read_bytes(), inputs=inputs)

    def startup_ms(self, form: bytes) -> float:
        """Return the CPU time, in milliseconds, in which a bundle starts in workerd here.

        `wrangler check startup` profiles it (seen with wrangler 4.63.0); where it throws, up to
        there: that it does, an upload finds out. Raises `WranglerError`.
        """
        with TemporaryDirectory(prefix="edgefleet-") as name:
            bundle, profile = Path(name) / "bundle.form", Path(name) / "startup.cpuprofile"
            bundle.write_bytes(form)
            arguments = ["check", "startup", "--worker", str(bundle), "--outfile", str(profile)]
            finished = self._run(arguments, Path(name), timeout=STARTUP_SECONDS)
            try:
                return cpu_time_ms(parse_json(profile.read_bytes()))
            except (OSError, ValueError):
                raise self._failure("wrangler could not start the Worker", finished) from None

    def deploy(self, config: Path, access: WranglerAuth) -> str:
        """Upload and deploy; return the id of the version that wrangler says is live.

        Success is exit 0 and a version id; an exit 1 may come with the new version live already,
        so the caller reads back. Raises `WranglerError`.
        """
        arguments = ["deploy", "--config", str(config), CREATE_NOTHING]
        return self._uploaded(arguments, access, "deploy")

    def upload_version(self, config: Path, access: WranglerAuth, *, tag: str, message: str) -> str:
        """Upload a version that gets no traffic yet, and return its id. Raises `WranglerError`."""
        arguments = ["versions", "upload", "--config", str(config), "--tag", tag]
        arguments += ["--message", message, CREATE_NOTHING]
        return self._uploaded(arguments, access, "version-upload")

    def dev(self, config: Path, arguments: list[str]) -> int:
        """Run `wrangler dev` in this terminal, with no token; return its exit code."""
        with TemporaryDirectory(prefix="edgefleet-") as scratch:
            environ = self._terminal_environment(Path(scratch), None)
            environ["WRANGLER_LOG_PATH"] = str(config.parent / "logs")  # named at wrangler's end
            command = [str(self._program), "dev", "--config", str(config), *arguments]
            return run_in_terminal(command, cwd=Path(scratch), env=environ)

    def tail(self, script: str, access: WranglerAuth, options: list[str]) -> int:
        """Run `wrangler tail` in this terminal; return its exit code, which is 0 after Ctrl-C."""
        self.version()
        with TemporaryDirectory(prefix="edgefleet-", ignore_cleanup_errors=True) as scratch:
            environ = self._terminal_environment(Path(scratch), access)
            command = [str(self._program), "tail", script, *options]
            return run_in_terminal(command, cwd=Path(scratch), env=environ, interrupted=0)

    def _uploaded(self, arguments: list[str], access: WranglerAuth, entry: str) -> str:
        with TemporaryDirectory(prefix="edgefleet-", ignore_cleanup_errors=True) as scratch:
            finished = self._run(arguments, Path(scratch), access)
            version_id = _version_id(Path(scratch) / "output.ndjson", entry)
        if finished.exit_code != 0 or version_id is None:
            raise self._failure(f"wrangler {arguments[0]} failed", finished)
        return version_id

    def _run(
        self,
        arguments: list[str],
        scratch: Path,
        access: WranglerAuth | None = None,
        timeout: float = TIMEOUT_SECONDS,
    ) -> Finished:
        environ = self._environment(scratch, access)
        command = [*self._launcher(environ["PATH"]), *arguments]
        try:
            return run(command, cwd=scratch, env=environ, timeout=timeout)
        except TooMuchOutput as error:
            raise WranglerError("wrangler printed more than edgefleet reads") from error
        except TimeoutError as error:
            raise WranglerError(f"wrangler did not end within {timeout:.0f} s") from error

    def _launcher(self, path: str) -> list[str]:
        """Return the beginning of a command line: npm links to a script for Node, pnpm does not."""
        node = which("node", path=path)
        if node and self._program.resolve().suffix == ".js":
            return [node, *FLAGS, str(self._program)]
        return [str(self._program)]

    def _environment(self, scratch: Path, access: WranglerAuth | None) -> dict[str, str]:
        environ = child_environment(self._environ, COMPILED)
        environ["PATH"] = path_with_node(environ.get("PATH", ""), self._wanted_node())
        home = scratch / "home"
        home.mkdir()
        environ |= WRANGLER_ENV | {
            "HOME": str(home),
            "XDG_CONFIG_HOME": str(home / ".config"),
            "WRANGLER_LOG_PATH": str(home / "logs"),
            "WRANGLER_OUTPUT_FILE_PATH": str(scratch / "output.ndjson"),
        }
        if access is not None:
            environ |= {
                "CLOUDFLARE_API_TOKEN": access.token.reveal(),
                "CLOUDFLARE_ACCOUNT_ID": access.account_id,
                "CLOUDFLARE_API_BASE_URL": access.base_url,
            }
        return environ

    def _terminal_environment(self, scratch: Path, access: WranglerAuth | None) -> dict[str, str]:
        """Return the environment of a wrangler whose output a user reads as it comes."""
        environ = self._environment(scratch, access)
        for name in ("CI", "NO_COLOR"):
            del environ[name]
        return environ | {"TERM": self._environ.get("TERM", "dumb")}

    def _wanted_node(self) -> str:
        try:
            return str(self._described()["engines"]["node"])
        except (KeyError, ProgramMissing):
            return ""

    def _failure(self, what: str, finished: Finished) -> WranglerError:
        return WranglerError(f"{what} {last_lines(finished, self._redact)}")


def _version_id(output: Path, entry: str) -> str | None:
    """Return the version id of the last entry of this type in wrangler's output file."""
    found = None
    for line in output.read_bytes().splitlines() if output.exists() else ():
        with suppress(ValueError):  # wrangler writes JSON lines only
            record = parse_json(line)
            if isinstance(record, dict) and record.get("type") == entry:
                found = record.get("version_id")
    return foreign_text(found) if isinstance(found, str) and found else None
