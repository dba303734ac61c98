"""What fleet.jsonc of this repository says of its Worker, and contracts of others."""

from pathlib import Path
from typing import Any

from edgefleet.config.files.fleet_file import read_fleet
from edgefleet.config.health.contract import HealthContract
from edgefleet.config.health.smoke import SmokeContract
from edgefleet.core.model import Json
from edgefleet.health.client import json_content
from edgefleet.health.models import Answer

_OWN = read_fleet(Path(__file__).parents[2]).config
assert _OWN
assert _OWN.health
assert _OWN.smoke
OWN_HEALTH: HealthContract = _OWN.health
OWN_SMOKE: SmokeContract = _OWN.smoke


def health_contract(**said: Any) -> HealthContract:
    """Return a contract as fleet.jsonc would hold it."""
    return HealthContract.model_validate(said)


def smoke_contract(*requests: dict[str, Any], **said: Any) -> SmokeContract:
    """Return a smoke test as fleet.jsonc would hold it."""
    return SmokeContract.model_validate({"requests": list(requests), **said})


def answer(status: int = 200, body: Json = None, **headers: str) -> Answer:
    """Return an answer: JSON, or the bytes that are given; `_` in the name of a header is `-`."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    if isinstance(body, bytes):
        return Answer(status=status, content=body, headers=named)
    content = b"" if body is None else json_content(body)
    kind = {} if body is None else {"content-type": "application/json"}
    return Answer(status=status, content=content, body=body, headers={**kind, **named})
