"""The types of options: environments, digests, durations, texts."""

import re
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import click
from click.shell_completion import CompletionItem

from edgefleet.build.built import FAILED
from edgefleet.config.files.fleet_file import fleet_of
from edgefleet.config.files.tenant_files import find_root
from edgefleet.config.fleet_config import NO_FLEET, FleetConfig
from edgefleet.config.target import DEV, Environment
from edgefleet.core.foreign.text import well_formed
from edgefleet.core.ids import SHA256
from edgefleet.errors import EdgefleetError, UsageError

COMMIT = r"[0-9a-f]{40}(?:[0-9a-f]{24})?"
"""A commit with all of its digits, of SHA-1 or SHA-256."""


def named_environment(word: str, fleet: FleetConfig) -> Environment:
    """Return the environment of a fleet that has this name or alias, or `dev`.

    Raises `UsageError` with the nearest name.
    """
    name = word.lower()
    names = ", ".join(fleet.deployable)
    if name == "all":
        raise UsageError(f"it is one environment that is meant here: {names}")
    if name in fleet.aliases:
        return fleet.aliases[name]
    known = {DEV, *fleet.environments}
    if name in known:
        return Environment(name)
    near = get_close_matches(name, [*known, *fleet.aliases], n=1)
    hint = f" Did you mean '{near[0]}'?" if near else ""
    raise UsageError(f"there is no environment '{word}'; there are {names}.{hint}")


def fleet_in(context: click.Context | None) -> FleetConfig:
    """Return what fleet.jsonc says at `--root`; defaults where the command will refuse that."""
    root = context.params.get("root") if context else None
    try:
        return fleet_of(find_root(Path.cwd(), root if isinstance(root, Path) else None))
    except (EdgefleetError, OSError):
        return NO_FLEET


class EnvironmentType(click.ParamType[Environment]):
    """An environment by its name or one of its aliases."""

    name = "env"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> Environment:
        """Return the environment, or fail with the nearest name."""
        if isinstance(value, Environment):
            return value
        try:
            return named_environment(str(value), fleet_in(ctx))
        except UsageError as error:
            return self.fail(str(error), param, ctx)

    def shell_complete(
        self,
        ctx: click.Context,
        param: click.Parameter,  # noqa: ARG002 - click's signature
        incomplete: str,
    ) -> list[CompletionItem]:
        """Return the environments whose names begin so."""
        names = [DEV, *fleet_in(ctx).environments]
        return [CompletionItem(name) for name in names if name.startswith(incomplete)]


class EnvironmentsType(click.ParamType[Environment | None]):
    """One environment, or `all`, which is None."""

    name = "env"
    _one = EnvironmentType()

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> Environment | None:
        """Return the environment, None for all, or fail with the nearest name."""
        return None if str(value).lower() == "all" else self._one.convert(value, param, ctx)

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        """Return the environments that begin like this."""
        return self._one.shell_complete(ctx, param, incomplete)


class DigestType(click.ParamType[str]):
    """A bundle's SHA-256 in hex; an empty word is refused, for it would expect nothing."""

    name = "sha256"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Return the digest in lower case, or fail."""
        word = str(value).strip().lower().removeprefix("sha256:")
        if not re.fullmatch(SHA256, word):
            return self.fail(f"'{value}' is no SHA-256 of 64 hexadecimal digits", param, ctx)
        return word


class BuiltType(click.ParamType[tuple[str, str | None]]):
    """A commit and the digest of its bundle, `COMMIT=SHA256`; None for `COMMIT=failed`."""

    name = "built"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[str, str | None]:
        """Return both, or fail."""
        if isinstance(value, tuple):
            return value
        commit, _, digest = str(value).partition("=")
        if not re.fullmatch(COMMIT, commit):
            return self.fail(f"'{commit}' is no commit with all of its digits", param, ctx)
        return commit, None if digest == FAILED else DigestType().convert(digest, param, ctx)


def well_formed_text(
    _context: click.Context, _option: click.Parameter, value: str | None
) -> str | None:
    """Return an option's text; a shell may hand on bytes that are none, and no record holds those.

    For `callback=`.
    """
    if value is not None and value != well_formed(value):
        raise click.BadParameter("it is not UTF-8")
    return value


class DurationType(click.ParamType[float]):
    """A duration, such as 90s, 15m or 1h, in seconds."""

    name = "duration"
    _form = re.compile(r"(?P<count>[0-9]{1,6})(?P<unit>[smh]?)")
    _seconds = {"": 1, "s": 1, "m": 60, "h": 3600}  # noqa: RUF012 - never changed

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        """Return the seconds, or fail."""
        if isinstance(value, float):
            return value
        match = self._form.fullmatch(str(value).strip().lower())
        if match is None:
            return self.fail(f"'{value}' is no duration, such as 90s, 15m or 1h", param, ctx)
        return float(match["count"]) * self._seconds[match["unit"]]
