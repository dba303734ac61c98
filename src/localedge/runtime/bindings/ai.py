"""Runs the AI stand-in: for a running Worker's AI binding, and for the API alike.

A stream comes word by word, slowly enough to be seen, and ends at once when the caller goes away.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Mapping, Sequence

from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.types import Send

from localedge.model import Json
from localedge.runtime.bindings.call import BindingCall
from localedge.state.ai import images
from localedge.state.ai import models as ai_models
from localedge.state.ai.log import AiLog, AiRun
from localedge.wire.ai_errors import AiBadInput, AiUpstreamError
from localedge.wire.envelope import failure
from localedge.wire.errors import ApiError

EVENT_STREAM = "text/event-stream"
WORD_SECONDS = 0.02
WORDS_BEFORE_FAILURE = 3


async def serve(call: BindingCall, log: AiLog) -> Response:
    """Answer one call of the client: a run, through an AI gateway or not."""
    if call.path not in {"run", "ai-gateway/run"}:
        return failure(AiBadInput(f"localedge has no AI call named {call.path}"))
    body = await call.request.json()
    run = AiRun(
        account_id=call.ref.account_id,
        script=call.ref.name,
        model=call.header("cf-consn-model-id") or "",
        gateway=body["options"].get("gateway"),
        stream=bool(body["inputs"].get("stream")),
    )
    try:
        return await run_model(call.request, log, run, body["inputs"], wrap=JSONResponse)
    except ApiError as error:
        return failure(error)


async def run_model(
    request: Request,
    log: AiLog,
    run: AiRun,
    inputs: Mapping[str, Json],
    *,
    wrap: Callable[[Json], Response],
) -> Response:
    """Run a model; `wrap` makes a response of a whole answer, a stream goes out as it is.

    Raises the errors of `wire.ai_errors` whose names begin with Ai.
    """
    log.start(run)
    try:
        response = await _run(request, run, inputs, wrap)
    except ApiError:
        run.status = "failed"
        raise
    response.headers["cf-ai-req-id"] = run.id
    if run.gateway:
        response.headers["cf-aig-log-id"] = run.id
    return response


async def _run(
    request: Request, run: AiRun, inputs: Mapping[str, Json], wrap: Callable[[Json], Response]
) -> Response:
    ai_models.check_model(run.model)
    if run.model == ai_models.SLOW:
        return await _wait_for_disconnect(request, run)
    if run.model in images.IMAGE_MODELS:
        content = images.image(run.model, inputs)
        run.status = "done"
        return Response(content, media_type=images.MEDIA_TYPE)
    if run.model in ai_models.EMBEDDING_MODELS:
        result: Json = ai_models.embeddings(run.model, inputs)
    else:
        words = ai_models.answer(run.model, inputs)
        if run.model in ai_models.FAILING and not (
            run.stream and run.model == ai_models.FAIL_MIDSTREAM
        ):
            raise AiUpstreamError(f"{run.model} always fails")
        if run.model == ai_models.FAIL_MIDSTREAM:
            return _TruncatedStream(
                _tokens(run, words[:WORDS_BEFORE_FAILURE]), media_type=EVENT_STREAM
            )
        if run.stream:
            return StreamingResponse(_events(run, inputs, words), media_type=EVENT_STREAM)
        run.tokens = len(words)
        result = {"response": "".join(words), "usage": ai_models.usage(inputs, len(words))}
    run.status = "done"
    return wrap(result)


async def _events(
    run: AiRun, inputs: Mapping[str, Json], words: Sequence[str]
) -> AsyncIterator[str]:
    async for event in _tokens(run, words):
        yield event
    yield _event({"response": "", "usage": ai_models.usage(inputs, run.tokens)})
    run.status = "done"
    yield "data: [DONE]\n\n"


async def _tokens(run: AiRun, words: Sequence[str]) -> AsyncIterator[str]:
    try:
        for word in words:
            await asyncio.sleep(WORD_SECONDS)
            run.tokens += 1
            yield _event({"response": word})
    except (asyncio.CancelledError, GeneratorExit):
        run.status = "cancelled"
        raise
    if run.model == ai_models.FAIL_MIDSTREAM:
        run.status = "failed"


def _event(data: Json) -> str:
    return f"data: {json.dumps(data)}\n\n"


async def _wait_for_disconnect(request: Request, run: AiRun) -> Response:
    """Wait until the caller goes away."""
    try:
        while (await request.receive())["type"] != "http.disconnect":
            pass
    finally:
        run.status = "cancelled"
    return Response(status_code=499)


class _TruncatedStream(StreamingResponse):
    """A stream that ends without its end, as one does whose server has died."""

    async def stream_response(self, send: Send) -> None:
        start = {"type": "http.response.start", "status": 200, "headers": self.raw_headers}
        await send(start)
        async for chunk in self.body_iterator:
            body = chunk.encode() if isinstance(chunk, str) else bytes(chunk)
            await send({"type": "http.response.body", "body": body, "more_body": True})
