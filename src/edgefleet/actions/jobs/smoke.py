"""What the smoke tests of jobs have in common: the key that they are lent, and a failure."""

import os

from edgefleet.actions.github_actions import annotate
from edgefleet.actions.jobs.outcomes import SMOKE_FAILED, write_outcome
from edgefleet.actions.jobs.results import RESULTS
from edgefleet.actions.jobs.shown_record import first_error
from edgefleet.config.credentials.lookup import SMOKE, smoke_key_names
from edgefleet.config.target import Target


def lent_key() -> str:
    """Take the secret EDGEFLEET_SMOKE_KEY out of the environment, and return it, or nothing."""
    return os.environ.pop(SMOKE, "")


def lend_key(target: Target, key: str) -> None:
    """Give the key to commands that test this target, in the target's variable."""
    if key:
        os.environ[smoke_key_names(target)[0]] = key


def report_failure(target: Target, said: str) -> None:
    """Annotate a failed smoke test, and keep it for the page; `said` is the command's stderr."""
    why = first_error(said)
    annotate("error", str(target), f"{SMOKE_FAILED}: {why}")
    write_outcome(RESULTS, target, SMOKE_FAILED, why)
