"""Options that commands share, spelled and explained once."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from edgefleet.build.engine import ENGINES
from edgefleet.cli.options.completion import complete_selector, complete_tenant
from edgefleet.cli.options.renamed import RenamedOption
from edgefleet.cli.options.types import (
    DigestType,
    EnvironmentsType,
    EnvironmentType,
    named_environment,
)
from edgefleet.config.fleet_config import FleetConfig
from edgefleet.config.target import Environment
from edgefleet.core.parallel import MAX_PARALLEL
from edgefleet.errors import UsageError

PARALLEL = 4
"""Targets that are changed together where `--parallel` is given without a number."""

MOST_PARALLEL = 64
"""Targets that one command works on together, at most."""

Command = TypeVar("Command", bound=Callable[..., Any])


def root_option(command: Command) -> Command:
    """Add `--root DIR`, given to the command as `root`."""
    return click.option(
        "--root",
        is_eager=True,  # --env reads fleet.jsonc there
        type=click.Path(file_okay=False, exists=True, path_type=Path),
        help="The repository's folder. [default: the nearest one upward that has tenants/]",
    )(command)


def tenant_option(command: Command) -> Command:
    """Add `--tenant NAME`, for a command that works on one tenant."""
    return click.option(
        "--tenant",
        required=True,
        shell_complete=complete_tenant,
        metavar="NAME",
        help="The tenant: a folder's name below tenants/.",
    )(command)


def tenants_options(
    *,
    former: str | None = "--tenant",
    default: str | None = None,
    cls: type[RenamedOption] = RenamedOption,
) -> Callable[[Command], Command]:
    """Add `--tenants SELECTOR` and `--exclude SELECTOR`, given as `selector` and `exclude`.

    `former` is the spelling of `--tenants` that the command had before, if it had one. Without a
    `default` the command requires `--tenants`.
    """
    # To click, an explicit None is a default, and what has a default is never missing.
    optional: dict[str, Any] = {} if default is None else {"default": default, "show_default": True}
    tenants = click.option(
        "--tenants",
        "selector",
        cls=cls,
        former=[former] if former else [],
        required=default is None,
        **optional,
        shell_complete=complete_selector,
        metavar="SELECTOR",
        help="Tenants: names, globs, ring:N, tag:NAME, with commas; or all.",
    )
    exclude = click.option(
        "--exclude",
        shell_complete=complete_selector,
        metavar="SELECTOR",
        help="All of these tenants but the ones that this selector names.",
    )

    def decorate(command: Command) -> Command:
        return tenants(exclude(command))

    return decorate


def env_option(
    *, required: bool, cls: type[click.Option] = click.Option
) -> Callable[[Command], Command]:
    """Add `--env ENV`, given to the command as `environment`."""
    return click.option(
        "--env",
        "environment",
        type=EnvironmentType() if required else EnvironmentsType(),
        cls=cls,
        required=required,
        help="The environment: one that fleet.jsonc names, or else staging (stg, preview) or "
        "production (prd, prod)" + ("." if required else "; or all. [default: all]"),
    )


def environments_of(word: str, fleet: FleetConfig) -> tuple[Environment, ...]:
    """Return the environments that `--env ENV|all` names, for commands that take both."""
    if word == "all":
        return fleet.deployable
    environment = named_environment(word, fleet)
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
        default=MAX_PARALLEL,
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


def allow_irreversible_option(command: Command) -> Command:
    """Add `--allow-irreversible`."""
    return click.option(
        "--allow-irreversible",
        cls=RenamedOption,
        former=["--accept-irreversible"],
        is_flag=True,
        help="Deploy to production though Cloudflare would refuse a rollback (migrations).",
    )(command)


def no_cache_option(command: Command) -> Command:
    """Add `--no-cache`."""
    return click.option(
        "--no-cache",
        is_flag=True,
        help="Ask Cloudflare for what this machine has kept of versions that it looked at before.",
    )(command)


def replace_split_option(command: Command) -> Command:
    """Add `--replace-split`."""
    return click.option(
        "--replace-split",
        cls=RenamedOption,
        former=["--take-over"],
        is_flag=True,
        help="End a gradual deployment that edgefleet did not start.",
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
        help=f"Seconds within which {who} must prove itself; else health.deadline of fleet.jsonc.",
    )
