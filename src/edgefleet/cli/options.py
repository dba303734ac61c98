"""Options that commands share, spelled and explained once."""

import os
import re
from collections.abc import Callable
from difflib import get_close_matches
from pathlib import Path
from typing import Any, TypeVar

import click
from click.shell_completion import CompletionItem

from edgefleet.cli.completion import complete_selector, complete_tenant
from edgefleet.errors import UsageError
from edgefleet.flows.locking import LockMode
from edgefleet.flows.parallel import AT_ONCE
from edgefleet.model.engine import ENGINES
from edgefleet.model.target import ALIASES, DEPLOYABLE, Environment
from edgefleet.rules.foreign_text import well_formed

PARALLEL = 4
"""Targets that are changed together where `--parallel` is given without a number."""

MOST_PARALLEL = 64
"""Targets that one command works on together, at most."""

NAMES = ", ".join(DEPLOYABLE)
"""The environments that a command may name."""

Command = TypeVar("Command", bound=Callable[..., Any])


class EnvironmentType(click.ParamType[Environment]):
    """An environment by its name or one of its aliases."""

    name = "env"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> Environment:
        """Return the environment, or fail with the nearest name."""
        if isinstance(value, Environment):
            return value
        word = str(value).lower()
        if word == "all":
            return self.fail(f"it is one environment that is meant here: {NAMES}.", param, ctx)
        if word in ALIASES:
            return ALIASES[word]
        if word in set(Environment):
            return Environment(word)
        near = get_close_matches(word, [*Environment, *ALIASES], n=1)
        hint = f" Did you mean '{near[0]}'?" if near else ""
        return self.fail(
            f"there is no environment '{value}'; there are {NAMES}.{hint}",
            param,
            ctx,
        )

    def shell_complete(
        self,
        ctx: click.Context,  # noqa: ARG002 - click's signature
        param: click.Parameter,  # noqa: ARG002 - click's signature
        incomplete: str,
    ) -> list[CompletionItem]:
        """Return the environments whose names begin so."""
        return [CompletionItem(name) for name in Environment if name.startswith(incomplete)]


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
        if not re.fullmatch(r"[0-9a-f]{64}", word):
            return self.fail(f"'{value}' is no SHA-256 of 64 hexadecimal digits", param, ctx)
        return word


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


ON_GITHUB_SECONDS = 15 * 60.0
"""For how long a deploy waits by itself in a job of GitHub Actions, which no person looks at."""


def lock_options(command: Command) -> Command:
    """Add `--wait DURATION` and `--lock MODE`, given to the command as `wait` and `lock`."""
    return _lock_options(command, lambda: 0.0, "do not wait")


def lock_options_of_deploys(command: Command) -> Command:
    """Add the same options; in GitHub Actions a deploy waits for 15 minutes by itself."""
    return _lock_options(command, _wait_of_deploys, "do not wait; 15m in GitHub Actions")


def _wait_of_deploys() -> float:
    return ON_GITHUB_SECONDS if os.environ.get("GITHUB_ACTIONS") == "true" else 0.0


def _lock_options(command: Command, default: Callable[[], float], words: str) -> Command:
    wait = click.option(
        "--wait",
        type=DurationType(),
        default=default,
        metavar="DURATION",
        help=f"Wait so long for a run that holds the target, such as 15m. [default: {words}]",
    )
    mode = click.option(
        "--lock",
        type=click.Choice([mode.value for mode in LockMode]),
        envvar="EDGEFLEET_LOCK",
        default=LockMode.AUTO.value,
        show_default=True,
        help="Where the target is held: at the git remote (shared), on this machine (local), or "
        "at the remote where it can be pushed to (auto).",
    )
    return wait(mode(command))


def root_option(command: Command) -> Command:
    """Add `--root DIR`, given to the command as `root`."""
    return click.option(
        "--root",
        type=click.Path(file_okay=False, exists=True, path_type=Path),
        help="The repository's folder. [default: the nearest one upward that has tenants/]",
    )(command)


def tenant_option(
    *, or_all: bool, default: str | None = None, cls: type[click.Option] = click.Option
) -> Callable[[Command], Command]:
    """Add `--tenant NAME`, or `NAME|all` where a command takes several."""
    # To click, an explicit None is a default, and what has a default is never missing.
    optional: dict[str, Any] = {} if default is None else {"default": default, "show_default": True}
    return click.option(
        "--tenant",
        cls=cls,
        required=default is None,
        **optional,
        shell_complete=complete_selector if or_all else complete_tenant,
        metavar="TENANTS" if or_all else "NAME",
        help="Tenants: names, globs, ring:N, tag:NAME, with commas; or all."
        if or_all
        else "The tenant: a folder's name below tenants/.",
    )


def selection_options(command: Command) -> Command:
    """Add `--only` and `--exclude`, in the language that `rules.selectors` describes."""
    only = click.option(
        "--only",
        shell_complete=complete_selector,
        metavar="TENANTS",
        help="Only these: names, globs, ring:N, tag:NAME, with commas. [default: all]",
    )
    exclude = click.option(
        "--exclude",
        shell_complete=complete_selector,
        metavar="TENANTS",
        help="All but these tenants.",
    )
    return only(exclude(command))


def env_option(
    *, required: bool, cls: type[click.Option] = click.Option
) -> Callable[[Command], Command]:
    """Add `--env ENV`, given to the command as `environment`."""
    names = ", ".join(f"{name} ({', '.join(_aliases(name))})" for name in DEPLOYABLE)
    return click.option(
        "--env",
        "environment",
        type=EnvironmentType() if required else EnvironmentsType(),
        cls=cls,
        required=required,
        help=f"The environment: {names}" + ("." if required else "; or all. [default: all]"),
    )


def _aliases(environment: Environment) -> list[str]:
    return [alias for alias, meant in ALIASES.items() if meant is environment]


def environments_of(word: str) -> tuple[Environment, ...]:
    """Return the environments that `--env ENV|all` names, for commands that take both."""
    if word == "all":
        return DEPLOYABLE
    environment = EnvironmentType().convert(word, None, None)
    if not environment.deployable:
        raise UsageError("dev is on this machine alone, and nothing is deployed to it")
    return (environment,)


def format_option(*choices: str) -> Callable[[Command], Command]:
    """Add `--format`; JSON goes to stdout alone, people's words to stderr."""
    return click.option(
        "--format",
        "output_format",
        type=click.Choice(choices),
        default=choices[0],
        show_default=True,
        help="How results are written to stdout.",
    )


def engine_option(default: str) -> Callable[[Command], Command]:
    """Add `--engine`."""
    return click.option(
        "--engine",
        type=click.Choice(ENGINES),
        default=default,
        show_default=True,
        help="What makes an upload: the repository's wrangler, or edgefleet through the API. "
        "Without it deploy takes wrangler; deploy-all and the workflows take api.",
    )


def bundle_option(use: str) -> Callable[[Command], Command]:
    """Add `--bundle DIR`; `use` is what the command does with it, as a verb."""
    return click.option(
        "--bundle",
        type=click.Path(file_okay=False, exists=True, path_type=Path),
        help=f"{use} a bundle that 'edgefleet build' made, instead of building one.",
    )


def expect_digest_option(command: Command) -> Command:
    """Add `--expect-digest SHA256`, for a bundle that another job built."""
    return click.option(
        "--expect-digest",
        type=DigestType(),
        help="The SHA-256 that the bundle must have; another bundle is refused (exit 4).",
    )(command)


def changing_parallel_option(default: int) -> Callable[[Command], Command]:
    """Add `--parallel [N]`: how many targets a command that changes them works on together."""
    return click.option(
        "--parallel",
        type=click.IntRange(1, MOST_PARALLEL),
        is_flag=False,
        flag_value=PARALLEL,
        default=default,
        metavar="[N]",
        help=f"How many targets at once. [default: {default}; {PARALLEL} where N is left out]",
    )


def parallel_option(command: Command) -> Command:
    """Add `--parallel N`: how many targets a command that only reads looks at together."""
    return click.option(
        "--parallel",
        type=click.IntRange(1, MOST_PARALLEL),
        default=AT_ONCE,
        show_default=True,
        metavar="N",
        help="How many targets to look at together.",
    )(command)


def force_option(command: Command) -> Command:
    """Add `--force`."""
    return click.option(
        "--force",
        is_flag=True,
        help="Deploy though nothing changed; to production, uncommitted changes too.",
    )(command)


def accept_irreversible_option(command: Command) -> Command:
    """Add `--accept-irreversible`."""
    return click.option(
        "--accept-irreversible",
        is_flag=True,
        help="Deploy to production where Cloudflare would refuse the way back (migrations).",
    )(command)


def allow_options(command: Command) -> Command:
    """Add `--allow-foreign` and `--allow-older`."""
    foreign = click.option(
        "--allow-foreign",
        is_flag=True,
        help="Deploy to production over what edgefleet did not deploy.",
    )
    older = click.option(
        "--allow-older",
        is_flag=True,
        help="Deploy a commit that does not contain the one that is live.",
    )
    return foreign(older(command))


def health_timeout_option(who: str) -> Callable[[Command], Command]:
    """Add `--health-timeout`; `who` must prove itself."""
    return click.option(
        "--health-timeout",
        type=click.FloatRange(min=1, max=3600),
        default=60.0,
        show_default=True,
        help=f"Seconds within which {who} must prove itself.",
    )
