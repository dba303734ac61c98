"""What a rehearsal is played with."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass

from edgefleet.cloudflare.worker.bundle import Bundle
from edgefleet.config.target import Environment, Target
from edgefleet.core.clock import Clock
from edgefleet.core.model import Json
from edgefleet.core.output.progress import Progress
from edgefleet.drift.models import Drift
from edgefleet.fleet.models import FleetRecord
from edgefleet.health.models import SmokeResult
from edgefleet.history.models import HistoryEntry
from edgefleet.records.models import Health, Record
from edgefleet.rehearse.availability_poller import AvailabilityPoller

Visitor = Callable[[Target, str], AbstractContextManager[AvailabilityPoller]]
"""Asks the Worker of a target, at its URL, all the time."""


@dataclass(frozen=True, slots=True)
class RehearsalCommands:
    """What the acts are played with: the real commands, on the embedded Cloudflare."""

    bundle: Bundle
    rehearsed: Environment
    """In which the mishaps are played."""
    released: Environment
    """To which all tenants are deployed, ring by ring."""
    first_deploy: Callable[[Target, Bundle], Record]
    deploy: Callable[[Target, Bundle], Record]
    canary: Callable[[Target, Bundle], Record]
    """Deploys a release step by step, judged by what Cloudflare counts of its traffic."""
    counts: Callable[[Target], int]
    """Returns how many requests Cloudflare has counted for the live version."""
    look: Callable[[Target], Drift]
    meddle: Callable[[Target], str]
    """Changes a target behind edgefleet's back; says what."""
    roll_back: Callable[[Target], Record]
    history: Callable[[Target], tuple[HistoryEntry, ...]]
    visitor: Visitor | None
    """Asks a Worker all the time; None for one without HTTP."""
    asked: str | None
    """What a health check asks, such as `GET /health`."""
    probe: Callable[[Target], Health]
    release: Callable[[], FleetRecord]
    """Deploys all tenants to the last environment, each ring after the one before."""
    smoke: Callable[[Target], SmokeResult] | None
    """Tests a Worker as the fleet's file asks; None where it asks for no smoke test."""
    ask: Callable[[Target, str], Json]
    """Returns what a Worker answers to its health check."""
    progress: Progress
    clock: Clock
