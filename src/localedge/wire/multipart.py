"""Multipart forms, both ways: uploads that come in, contents that go out."""

import contextlib
import uuid
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass

from starlette.datastructures import FormData, UploadFile
from starlette.exceptions import HTTPException
from starlette.formparsers import MultiPartException
from starlette.requests import Request

from localedge.model import Json, Module
from localedge.wire.errors import BadBody, UnsupportedContentType
from localedge.wire.request import as_object, parse_json

LARGEST_PART = 128 * 1024 * 1024
"""Bytes of one part that has no file name; uploads are limited further on."""
MOST_PARTS = 1000


@dataclass(frozen=True, slots=True)
class Upload:
    """A parsed upload: the JSON part that describes it, and the modules in the order sent."""

    metadata: dict[str, Json]
    modules: tuple[Module, ...]


async def read_upload(request: Request, part: str = "metadata") -> Upload:
    """Read a form whose JSON stands in the part called `part`; parts come in any order.

    wrangler names a module's part by its path and gives the same as file name; the official SDK
    calls every module `files` and has the path as file name only, so the file name decides.
    """
    async with read_form(request) as form:
        return Upload(await _metadata(form, part), await _modules(form, part))


@contextlib.asynccontextmanager
async def read_form(request: Request, *, most_parts: int = MOST_PARTS) -> AsyncIterator[FormData]:
    """Read a form, and forget its files afterwards; raises `BadBody` for a broken one."""
    if not request.headers.get("content-type", "").startswith("multipart/form-data"):
        raise UnsupportedContentType
    try:
        form = await request.form(
            max_files=most_parts, max_fields=most_parts, max_part_size=LARGEST_PART
        )
    except (HTTPException, MultiPartException) as broken:
        raise BadBody from broken
    try:
        yield form
    finally:
        await form.close()


async def _metadata(form: FormData, part: str) -> dict[str, Json]:
    value = form.get(part)
    if value is None:
        raise BadBody(f'The form has no part "{part}".')
    text = await value.read() if isinstance(value, UploadFile) else value
    what = f'The part "{part}"'
    return as_object(parse_json(text, what), what)


async def _modules(form: FormData, part: str) -> tuple[Module, ...]:
    return tuple(
        [
            Module(
                value.filename or field,
                value.content_type or "application/octet-stream",
                await value.read(),
            )
            for field, value in form.multi_items()
            if field != part and isinstance(value, UploadFile)
        ]
    )


def write_form(modules: Iterable[Module]) -> tuple[bytes, str]:
    """Return a multipart body with one part for each module, and its content type."""
    boundary = uuid.uuid4().hex
    parts = []
    for module in modules:
        name = module.name.replace("\\", "\\\\").replace('"', "%22")
        head = (
            f"--{boundary}\r\n"
            f'Content-Disposition: form-data; name="{name}"; filename="{name}"\r\n'
            f"Content-Type: {module.content_type}\r\n\r\n"
        )
        parts.append(head.encode() + module.content + b"\r\n")
    parts.append(f"--{boundary}--\r\n".encode())
    return b"".join(parts), f"multipart/form-data; boundary={boundary}"
