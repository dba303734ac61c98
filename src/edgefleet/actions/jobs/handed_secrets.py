"""Secrets of the Worker that another repository's workflow hands to an action, all in one input.

GitHub gives a job no secret that its workflow does not name, and an action has no input for a name
that only the fleet.jsonc of that repository knows.
"""

import os
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from edgefleet.config.files.fleet_file import fleet_of
from edgefleet.errors import UsageError

VARIABLE = "EDGEFLEET_WORKER_SECRETS"
SECRETS: TypeAdapter[dict[str, str]] = TypeAdapter(dict[str, str])


def take_secrets(root: Path) -> None:
    """Put each into the variable of its name, and remove the one that holds all.

    Raises `UsageError` for what is no JSON object of texts, and for a name that fleet.jsonc does
    not have: it could be that of any variable. No message shows a value.
    """
    given = os.environ.pop(VARIABLE, "")
    if not given:
        return
    try:
        found = SECRETS.validate_json(given)
    except ValidationError:
        raise UsageError(
            "the input worker_secrets is not a JSON object of texts",
            hint="""worker_secrets: '{"NAME": ${{ toJSON(secrets.NAME) }}}'""",
        ) from None
    known = fleet_of(root).secrets_named(smoke=True)
    if unknown := sorted(found.keys() - set(known)):
        raise UsageError(
            f"worker_secrets has {', '.join(unknown)}, which no health check or smoke test of "
            "fleet.jsonc names",
            hint="take it out of the workflow",
        )
    os.environ.update({name: value for name, value in found.items() if value})
