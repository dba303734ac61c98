"""Tail Workers: the events of a script, given to the `tail` handlers of others."""

from collections.abc import Mapping, Sequence

from localedge.model import Json, ScriptRef
from localedge.state.server import ServerState


async def deliver_events(
    state: ServerState, ref: ScriptRef, events: Sequence[Mapping[str, Json]]
) -> None:
    """Give events to the tail consumers that the script's settings name.

    A call of a `tail` handler is itself an event of the consumer, which no tail handler gets.
    """
    script = state.scripts.get(ref)
    given = [it for it in events if (it.get("event") or {}).get("rpcMethod") != "tail"]
    if script is None or not given:
        return
    for consumer in script.settings.get("tail_consumers") or ():
        await state.data_plane.tail(ScriptRef(ref.account_id, consumer["service"]), given)
