"""How step scripts read their arguments: the inputs of a workflow are words."""

import argparse

from edgefleet.actions.jobs.options import DeployOptions
from edgefleet.cli.options.types import fleet_in, named_environment
from edgefleet.config.target import Environment, Target
from edgefleet.errors import UsageError


def boolean(word: str) -> bool:
    """Return the value of an input of type boolean."""
    if word not in {"true", "false"}:
        raise argparse.ArgumentTypeError(f"'{word}' is neither true nor false")
    return word == "true"


def environment(word: str) -> Environment:
    """Return the environment of the fleet that has this name. Raises `ArgumentTypeError`."""
    try:
        return named_environment(word, fleet_in(None))
    except UsageError as error:
        raise argparse.ArgumentTypeError(str(error)) from error


def target(tenant: str, environment: Environment) -> Target:
    """Return the target of a tenant in an environment."""
    return Target(tenant=tenant, environment=environment)


def add_deploy_options(parser: argparse.ArgumentParser) -> None:
    """Add the options of a deploy, of one target or of a shard."""
    parser.add_argument("--bundle", default=".edgefleet/bundle")
    parser.add_argument("--digest", default="", help="the SHA-256 that the bundle must have")
    parser.add_argument("--engine", default="api")
    for option, effect in {
        "--force": "deploy though nothing changed",
        "--allow-irreversible": "deploy though a migration leaves no rollback",
        "--allow-older": "deploy over a commit that this one does not contain",
        "--allow-foreign": "deploy over what edgefleet did not deploy",
    }.items():
        parser.add_argument(option, type=boolean, default=False, help=effect)
    parser.add_argument("--reason", default="", help="why, for the record")


def add_built_option(parser: argparse.ArgumentParser) -> None:
    """Add the option of a look at drift that names the bundles of commits."""
    parser.add_argument(
        "--built",
        type=lambda words: tuple(words.split()),
        default=(),
        help="COMMIT=SHA256 or COMMIT=failed, separated by spaces",
    )


def deploy_options(arguments: argparse.Namespace) -> DeployOptions:
    """Return the options that `add_deploy_options` added."""
    return DeployOptions(
        bundle=arguments.bundle,
        digest=arguments.digest,
        engine=arguments.engine,
        force=arguments.force,
        allow_irreversible=arguments.allow_irreversible,
        allow_older=arguments.allow_older,
        allow_foreign=arguments.allow_foreign,
        reason=arguments.reason,
    )
