"""The log of the latest runs of the AI stand-in."""

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal
from uuid import uuid4

from localedge.model import Json
from localedge.state.timestamps import now

Status = Literal["running", "done", "failed", "cancelled"]
KEPT = 200


@dataclass(slots=True)
class AiRun:
    """One run of a model; `gateway` holds the AI Gateway options as the caller gave them."""

    account_id: str
    script: str | None
    model: str
    gateway: Mapping[str, Json] | None
    stream: bool
    status: Status = "running"
    tokens: int = 0
    id: str = field(default_factory=lambda: uuid4().hex)
    at: str = field(default_factory=now)


class AiLog:
    """The last 200 runs; memory only."""

    def __init__(self) -> None:
        self._runs: deque[AiRun] = deque(maxlen=KEPT)

    def start(self, run: AiRun) -> AiRun:
        """Remember a run; its status and tokens change while it runs."""
        self._runs.append(run)
        return run

    def entries(self) -> list[dict[str, Json]]:
        """Return the runs as JSON, the oldest first."""
        return [
            {
                "id": run.id,
                "at": run.at,
                "account_id": run.account_id,
                "script": run.script,
                "model": run.model,
                "gateway": run.gateway,
                "stream": run.stream,
                "status": run.status,
                "tokens": run.tokens,
            }
            for run in self._runs
        ]

    def cancelled(self) -> int:
        """Return how many of the runs ended because the client disconnected."""
        return sum(run.status == "cancelled" for run in self._runs)

    def clear(self) -> None:
        """Forget every run."""
        self._runs.clear()
