"""What jobs lend to commands that ask the Worker, and how a failed smoke test is reported."""

import os
from collections.abc import Iterable, Mapping
from pathlib import Path

from edgefleet.actions.github_actions import annotate
from edgefleet.actions.jobs.outcomes import SMOKE_FAILED, write_outcome
from edgefleet.actions.jobs.results import RESULTS
from edgefleet.actions.jobs.shown_record import first_error
from edgefleet.config.credentials.lookup import SMOKE, secret_names
from edgefleet.config.files.fleet_file import fleet_of
from edgefleet.config.health.requests import secrets_of
from edgefleet.config.target import Target


def named_by_health(root: Path) -> tuple[str, ...]:
    """Return the secrets that the health check of fleet.jsonc sends."""
    return fleet_of(root).secrets_named(smoke=False)


def named_by_smoke(root: Path) -> tuple[str, ...]:
    """Return the secrets that the smoke test of fleet.jsonc needs."""
    smoke = fleet_of(root).smoke
    named = smoke.secrets if smoke else ()
    return tuple(dict.fromkeys(one.secret for one in named)) or (SMOKE,)


def lent(names: Iterable[str]) -> Mapping[str, str]:
    """Take secrets out of the environment, and return those that were there."""
    found = {name: os.environ.pop(name, "") for name in names}
    return {name: value for name, value in found.items() if value}


def lend(target: Target, secrets: Mapping[str, str]) -> None:
    """Give secrets to commands that work on this target, in the target's variables."""
    for name, value in secrets.items():
        os.environ[secret_names(name, target)[0]] = value


def lend_counters(targets: Iterable[Target]) -> None:
    """Give deploys of these targets the secrets of `counters`; a smoke test may need them, too."""
    counters = fleet_of(Path.cwd()).counters
    named = secrets_of(counters.headers) if counters else []
    found = {one.secret: os.environ.get(one.secret, "") for one in named}
    for target in targets:
        lend(target, {name: value for name, value in found.items() if value})


def report_failure(target: Target, said: str) -> None:
    """Annotate a failed smoke test, and keep it for the page; `said` is the command's stderr."""
    why = first_error(said)
    annotate("error", str(target), f"{SMOKE_FAILED}: {why}")
    write_outcome(RESULTS, target, SMOKE_FAILED, why)
