"""How step scripts read their arguments: the inputs of a workflow are words."""

import argparse

from edgefleet.config.target import Environment, Target


def boolean(word: str) -> bool:
    """Return the value of an input of type boolean."""
    if word not in {"true", "false"}:
        raise argparse.ArgumentTypeError(f"'{word}' is neither true nor false")
    return word == "true"


def environment(word: str) -> Environment:
    """Return the environment of this name. Raises `ValueError`."""
    return Environment(word)


def target(tenant: str, environment: Environment) -> Target:
    """Return the target of a tenant in an environment."""
    return Target(tenant=tenant, environment=environment)
