"""Static assets: the start of an upload session, and the upload of its files."""

import base64
import binascii

from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from localedge.operations import assets
from localedge.state.assets.manifest import BUCKET_FILES
from localedge.state.assets.store import ReceivedFile
from localedge.state.server import ServerState
from localedge.wire.asset_errors import InvalidAssetUpload
from localedge.wire.envelope import success
from localedge.wire.errors import BadBody
from localedge.wire.multipart import read_form
from localedge.wire.request import flag, json_object, script_ref

SESSION = "/accounts/{account_id}/workers/scripts/{name}/assets-upload-session"
UPLOAD = "/accounts/{account_id}/workers/assets/upload"
NO_TYPE = "application/null"
"""What a client names to have a file served without a content type."""


def routes(state: ServerState) -> list[Route]:
    """Return the routes, relative to the API's base."""
    service = _Assets(state)
    return [
        Route(SESSION, service.start, methods=["POST"]),
        Route(UPLOAD, service.upload, methods=["POST"]),
    ]


class _Assets:
    def __init__(self, state: ServerState) -> None:
        self._state = state

    async def start(self, request: Request) -> Response:
        given = await json_object(request)
        return success(assets.start_upload(self._state, script_ref(request), given.get("manifest")))

    async def upload(self, request: Request) -> Response:
        if not flag(request, "base64"):
            raise BadBody("The query must have base64=true.")
        files = await _files(request)
        completion = assets.receive_files(self._state, request.state.token.upload, files)
        return success({"jwt": completion}, status=201 if completion else 202)


async def _files(request: Request) -> list[ReceivedFile]:
    """Read the parts of the form; each is named by the hash of its file."""
    async with read_form(request, most_parts=BUCKET_FILES) as form:
        return [await _file(name, value) for name, value in form.multi_items()]


async def _file(name: str, value: UploadFile | str) -> ReceivedFile:
    if isinstance(value, UploadFile):
        content_type, encoded = value.content_type, await value.read()
    else:
        content_type, encoded = None, value.encode()
    try:
        content = base64.b64decode(encoded, validate=True)
    except binascii.Error as broken:
        raise InvalidAssetUpload(f"The file {name} is not in base64.") from broken
    return ReceivedFile(name, None if content_type == NO_TYPE else content_type, content)
