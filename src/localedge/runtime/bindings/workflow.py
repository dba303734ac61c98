"""A running Worker's workflow binding: what `workers/workflow_binding.js` asks."""

from collections.abc import Awaitable, Callable, Mapping

from starlette.responses import JSONResponse, Response

from localedge.model import Json
from localedge.runtime.bindings.call import BindingCall

WorkflowCalls = Callable[[str, str, Mapping[str, Json]], Awaitable[Json]]
"""Answers a call: account id, the workflow's name, what is asked."""


async def serve(call: BindingCall, workflows: WorkflowCalls) -> Response:
    """Answer one call of the binding."""
    given = await call.request.json()
    name = call.binding["workflow_name"]
    return JSONResponse(await workflows(call.ref.account_id, name, given))
