"""Tail Workers: the events of a script, given to the `tail` handlers of others."""

from collections.abc import Mapping, Sequence

from localedge.model import Json, ScriptRef
from localedge.state.server import ServerState

HANDLERS = frozenset({"tail", "tailStream"})


async def deliver_events(
    state: ServerState, ref: ScriptRef, events: Sequence[Mapping[str, Json]]
) -> None:
    """Give events to the tail consumers that the script's settings name.

    A call of such a handler is itself an event of the consumer, which no handler gets.
    """
    script = state.scripts.get(ref)
    given = [it for it in events if (it.get("event") or {}).get("rpcMethod") not in HANDLERS]
    if script is None or not given:
        return
    for consumer in script.settings.get("tail_consumers") or ():
        await state.data_plane.tail(ScriptRef(ref.account_id, consumer["service"]), given)


async def deliver_stream(
    state: ServerState, ref: ScriptRef, events: Sequence[Mapping[str, Json]]
) -> None:
    """Give an invocation to the streaming tail consumers that the script's settings name.

    A call of such a handler is itself an invocation, which no handler gets.
    """
    script = state.scripts.get(ref)
    if script is None or any(_is_of_a_handler(it["event"]) for it in events):
        return
    for consumer in script.settings.get("streaming_tail_consumers") or ():
        await state.data_plane.stream(ScriptRef(ref.account_id, consumer["service"]), events)


def _is_of_a_handler(event: Mapping[str, Json]) -> bool:
    if event["type"] != "attributes":
        return False
    called = {it["value"] for it in event.get("info") or () if it["name"] == "jsrpc.method"}
    return bool(called & HANDLERS)
