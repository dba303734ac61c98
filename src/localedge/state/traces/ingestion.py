"""How late and how sampled Cloudflare's analytics show what ran; a test or a demonstration says it.

At Cloudflare the newest minutes are incomplete, and large data is read at a tenth or a hundredth
(https://developers.cloudflare.com/analytics/graphql-api/sampling/). localedge shows everything at
once unless the admin API sets something else.
"""

import random
from collections.abc import Iterable
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from localedge.state.traces.events import Invocation


class Source(BaseModel):
    """One source of analytics.

    An invocation appears between half of `delay_seconds` and all of it after its end, so that the
    newest counts are too low, as at Cloudflare. Of `sample_interval` invocations about one is
    read, and stands for them all.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    delay_seconds: float = Field(default=0, ge=0, le=3600)
    sample_interval: Literal[1, 10, 100] = 1


class AnalyticsSettings(BaseModel):
    """Both sources: the GraphQL Analytics API and Workers Logs; `seed` repeats the samples."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    graphql: Source = Source()
    telemetry: Source = Source()
    seed: int | None = None


class Analytics:
    """Chooses what the sources show of what ran."""

    def __init__(self) -> None:
        self.reset()

    @property
    def settings(self) -> AnalyticsSettings:
        """What is in force."""
        return self._settings

    def set(self, settings: AnalyticsSettings) -> None:
        """Put settings in force."""
        self._settings = settings
        self._random = random.Random(settings.seed)  # noqa: S311 - picks samples

    def reset(self) -> None:
        """Show everything at once."""
        self.set(AnalyticsSettings())

    def graphql_sample(
        self, invocations: Iterable[Invocation], now: int
    ) -> tuple[list[Invocation], int]:
        """Return what GraphQL reads, and how many invocations each stands for.

        Each query reads another sample, so the same query may give other numbers.
        """
        source = self._settings.graphql
        rate = 1 / source.sample_interval
        seen = [
            it
            for it in invocations
            if _arrived(it, source, now) and (rate == 1 or self._random.random() < rate)
        ]
        return seen, source.sample_interval

    def logged(self, invocations: Iterable[Invocation], now: int) -> list[tuple[Invocation, float]]:
        """Return what Workers Logs hold, each with how many invocations it stands for.

        The sample is taken once, on the way in.
        """
        source = self._settings.telemetry
        return [
            (it, it.log_interval * source.sample_interval)
            for it in invocations
            if it.log_interval is not None
            and _arrived(it, source, now)
            and (source.sample_interval == 1 or _chance(it, "sample") < 1 / source.sample_interval)
        ]


def _arrived(invocation: Invocation, source: Source, now: int) -> bool:
    share = (1 + _chance(invocation, "delay")) / 2
    return invocation.ended + source.delay_seconds * 1000 * share <= now


def _chance(invocation: Invocation, purpose: str) -> float:
    """Return a number from 0 up to 1 that is always the same for an invocation."""
    return random.Random(f"{purpose}{invocation.id}").random()  # noqa: S311 - picks samples
