"""What probes and smoke tests found, for people and for programs."""

from collections.abc import Iterable

from edgefleet.model.base import Json
from edgefleet.model.health import Health
from edgefleet.model.smoke import Smoke
from edgefleet.model.target import Target

Checked = tuple[Target, Health, Smoke | None]
"""A target, what its probe found, and its smoke test, where there was one."""


def health_text(target: Target, health: Health, smoke: Smoke | None = None) -> str:
    """Return one line about one target."""
    if not health.healthy:
        return f"{target}: unhealthy  {health.url}: {health.reason}"
    version = f"version {(health.version_id or '')[:8]}"
    if smoke is None:
        return f"{target}: healthy  {version}  {health.seconds:.2f} s  {health.url}"
    if not smoke.passed:
        return f"{target}: smoke test failed  {version}  {health.url}: {smoke.reason}"
    chats = f"chats in {smoke.seconds:.2f} s"
    return f"{target}: healthy, {chats}  {version}  {health.seconds:.2f} s  {health.url}"


def health_json(results: Iterable[Checked]) -> Json:
    """Return all results as a JSON value; `smoke` is there where there was such a test."""
    return [
        {**target.model_dump(), **health.model_dump()}
        | ({"smoke": smoke.model_dump()} if smoke else {})
        for target, health, smoke in results
    ]
