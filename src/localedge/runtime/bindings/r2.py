"""A running Worker's R2 binding: the protocol that workerd's R2 client speaks.

A message stands in a header of a GET, and before the content in the body of a PUT. The answer's
body begins with a message too; how long that is, a header says.
"""

import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping

from starlette.responses import Response, StreamingResponse

from localedge.model import Json
from localedge.runtime.bindings import r2_messages as messages
from localedge.runtime.bindings.call import BindingCall
from localedge.runtime.bindings.r2_messages import Message
from localedge.state.r2.buckets import R2Bucket
from localedge.state.r2.objects import R2Object, check_condition
from localedge.state.r2.rules import ByteRange, key_bytes
from localedge.state.r2.store import R2Store
from localedge.wire.r2_errors import R2Error, R2InvalidArgument, R2PreconditionFailed

Pieces = AsyncIterator[bytes]


async def serve(call: BindingCall, store: R2Store) -> Response:
    """Answer one call of the client."""
    try:
        name, jurisdiction = call.binding["bucket_name"], call.binding.get("jurisdiction")
        bucket = store.buckets.require(call.ref.account_id, name, jurisdiction)
        return await _Calls(store, bucket).answer(call)
    except R2Error as error:
        return Response(
            status_code=error.status, headers={messages.ERROR: messages.error_header(error)}
        )


class _Calls:
    """The calls to one bucket, by the name of their method."""

    def __init__(self, store: R2Store, bucket: R2Bucket) -> None:
        self._store = store
        self._bucket = bucket
        self._reads: Mapping[str, Callable[[Message], Response]] = {
            "head": self._head,
            "get": self._get,
            "list": self._list,
        }
        self._writes: Mapping[str, Callable[[Message, Pieces], Awaitable[Response]]] = {
            "put": self._put,
            "delete": self._delete,
            "createMultipartUpload": self._begin,
            "uploadPart": self._upload_part,
            "completeMultipartUpload": self._complete,
            "abortMultipartUpload": self._abort,
        }

    async def answer(self, call: BindingCall) -> Response:
        """Answer one call."""
        if call.method == "GET":
            message = messages.parse(call.header(messages.REQUEST) or "")
            read = self._reads.get(message.get("method", ""))
            if read:
                return read(message)
        else:
            size = call.header(messages.METADATA_SIZE) or ""
            if not size.isdigit():
                raise R2InvalidArgument
            text, pieces = await messages.read_prefix(call.request.stream(), int(size))
            message = messages.parse(text)
            write = self._writes.get(message.get("method", ""))
            if write:
                return await write(message, pieces)
        raise R2InvalidArgument(f"localedge has no R2 call named {message.get('method')}")

    def _head(self, message: Message) -> Response:
        found = self._store.objects.get(self._bucket, message["object"])
        return _answer(messages.described(found))

    def _get(self, message: Message) -> Response:
        found = self._store.objects.get(self._bucket, message["object"])
        try:
            check_condition(messages.condition(message.get("onlyIf")), found)
        except R2PreconditionFailed as failed:
            return _answer(messages.described(found), failed)
        part = messages.asked_range(message, found.size)
        return _content(found, part, self._store.files.read(found.blob, part))

    def _list(self, message: Message) -> Response:
        page = self._store.objects.page(self._bucket, messages.list_query(message))
        return _answer(messages.listed(page, message.get("include") or ()))

    async def _put(self, message: Message, pieces: Pieces) -> Response:
        write = messages.object_write(message)
        key_bytes(write.key)
        blob = await self._store.files.write(pieces, write.checksums)
        return _answer(messages.described(self._store.objects.put(self._bucket, write, blob)))

    async def _delete(self, message: Message, _: Pieces) -> Response:
        keys = [message["object"]] if "object" in message else message["objects"]
        self._store.objects.delete(self._bucket, keys)
        return Response()

    async def _begin(self, message: Message, _: Pieces) -> Response:
        write = messages.object_write(message)
        return _answer({"uploadId": self._store.uploads.begin(self._bucket, write)})

    async def _upload_part(self, message: Message, pieces: Pieces) -> Response:
        uploads = self._store.uploads
        key, upload, number = message["object"], message["uploadId"], message["partNumber"]
        uploads.check(self._bucket, key, upload, number)
        blob = await self._store.files.write(pieces)
        return _answer({"etag": uploads.put_part(self._bucket, key, upload, number, blob)})

    async def _complete(self, message: Message, _: Pieces) -> Response:
        named = [(it["part"], it["etag"]) for it in message.get("parts") or ()]
        made = await self._store.uploads.complete(
            self._bucket, message["object"], message["uploadId"], named
        )
        return _answer(messages.described(made))

    async def _abort(self, message: Message, _: Pieces) -> Response:
        self._store.uploads.abort(self._bucket, message["object"], message["uploadId"])
        return Response()


def _answer(message: Json, error: R2Error | None = None) -> Response:
    text = json.dumps(message).encode()
    headers = {messages.METADATA_SIZE: str(len(text))}
    if error:
        headers[messages.ERROR] = messages.error_header(error)
    status = error.status if error else 200
    return Response(text, status, headers, media_type="application/json")


def _content(found: R2Object, part: ByteRange, pieces: Pieces) -> Response:
    text = json.dumps(messages.described(found, part)).encode()

    async def body() -> Pieces:
        yield text
        async for piece in pieces:
            yield piece

    headers = {
        messages.METADATA_SIZE: str(len(text)),
        "content-length": str(len(text) + part.length),
    }
    return StreamingResponse(body(), headers=headers, media_type="application/octet-stream")
