"""The data plane as the control plane sees it, and one that runs nothing."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from starlette.responses import PlainTextResponse
from starlette.types import Receive, Scope, Send

from localedge.model import Inspector, Json, LogLine, ScriptRef
from localedge.state.queues.models import NO_RUNTIME, DeliveryResult, Message, Metrics


class EngineFailed(Exception):
    """The engine of a workflow did not do what it was asked; the message is its own."""


class DataPlane(Protocol):
    """The data plane: an ASGI app that is notified when a deployment changes.

    `inspector` is None if uploads cannot be inspected; their exports are then unknown.
    """

    @property
    def inspector(self) -> Inspector | None:
        """Tries uploads before they are accepted."""
        ...

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request to a Worker."""
        ...

    async def start(self) -> None:
        """Get ready to serve."""
        ...

    async def close(self) -> None:
        """End every process."""
        ...

    def changed(self, ref: ScriptRef) -> None:
        """Serve the deployment that is in force now."""
        ...

    def removed(self, ref: ScriptRef) -> None:
        """Stop serving a script that is gone."""
        ...

    async def drop_storage(self, namespace_ids: Sequence[str]) -> None:
        """Delete the data of Durable Object namespaces."""
        ...

    async def scheduled(self, ref: ScriptRef, cron: str, at_ms: int) -> str:
        """Run the script's scheduled handler once; say how it ended."""
        ...

    async def queue(
        self, ref: ScriptRef, queue: str, batch: Sequence[Message], metrics: Metrics
    ) -> DeliveryResult:
        """Deliver messages to the script's queue handler; say what became of them."""
        ...

    async def workflow(self, ref: ScriptRef, name: str, call: Mapping[str, Json]) -> Json:
        """Ask the engine of a script's workflow; raise `EngineFailed`."""
        ...

    async def tail(self, ref: ScriptRef, events: Sequence[Mapping[str, Json]]) -> None:
        """Give events of another script to the script's `tail` handler."""
        ...

    async def stream(self, ref: ScriptRef, events: Sequence[Mapping[str, Json]]) -> None:
        """Give an invocation of another script to the script's `tailStream` handler."""
        ...

    def logs(self, ref: ScriptRef) -> Sequence[LogLine]:
        """Return the newest log lines of a script, oldest first."""
        ...

    async def reset(self) -> None:
        """Stop every Worker and delete the data of all Durable Objects."""
        ...


class NullDataPlane:
    """No data plane: uploads are stored and described, but nothing runs."""

    inspector: Inspector | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Say that no Worker runs here."""
        answer = PlainTextResponse(
            "localedge runs without a Workers runtime (--runtime none).\n", status_code=503
        )
        await answer(scope, receive, send)

    async def start(self) -> None:
        """Do nothing."""

    async def close(self) -> None:
        """Do nothing."""

    def changed(self, ref: ScriptRef) -> None:
        """Do nothing."""

    def removed(self, ref: ScriptRef) -> None:
        """Do nothing."""

    async def drop_storage(self, namespace_ids: Sequence[str]) -> None:
        """Do nothing."""

    async def scheduled(self, _ref: ScriptRef, _cron: str, _at_ms: int) -> str:
        """Say that nothing ran."""
        return "noRuntime"

    async def queue(
        self, _ref: ScriptRef, _queue: str, _batch: Sequence[Message], _metrics: Metrics
    ) -> DeliveryResult:
        """Say that nothing ran."""
        return DeliveryResult(NO_RUNTIME)

    async def workflow(self, _ref: ScriptRef, name: str, _call: Mapping[str, Json]) -> Json:
        """Say that nothing ran."""
        raise EngineFailed(f"localedge runs without a Workers runtime, so {name} does not run")

    async def tail(self, _ref: ScriptRef, _events: Sequence[Mapping[str, Json]]) -> None:
        """Do nothing."""

    async def stream(self, _ref: ScriptRef, _events: Sequence[Mapping[str, Json]]) -> None:
        """Do nothing."""

    def logs(self, _ref: ScriptRef) -> Sequence[LogLine]:
        """Return none."""
        return ()

    async def reset(self) -> None:
        """Do nothing."""
