"""Forms (multipart/form-data), as wrangler writes them and Cloudflare answers with them."""

from email.message import Message
from email.parser import HeaderParser
from itertools import takewhile
from typing import NamedTuple


class FormPart(NamedTuple):
    """One part of a form; `name` is its file name, None where it has none."""

    name: str | None
    content_type: str
    content: bytes


BOUNDARY = "edgefleet-form-5d1f0b7c29a84e36"
FORM_TYPE = f"multipart/form-data; boundary={BOUNDARY}"
"""Of the forms that are written here."""

QUOTED = str.maketrans({'"': "%22", "\r": "%0D", "\n": "%0A"})
"""https://html.spec.whatwg.org/multipage/form-control-infrastructure.html#multipart-form-data"""


def write_form(metadata: str | None, parts: list[FormPart]) -> bytes:
    """Return a form: `metadata`, which is JSON, if any, and then a file for each part.

    As wrangler does, nothing is said of the type of `metadata`.
    """
    written = [] if metadata is None else [_field('name="metadata"', None, metadata.encode())]
    for name, content_type, content in parts:
        quoted = (name or "").translate(QUOTED)
        written.append(_field(f'name="{quoted}"; filename="{quoted}"', content_type, content))
    return b"".join([*written, f"--{BOUNDARY}--\r\n".encode()])


def _field(names: str, content_type: str | None, content: bytes) -> bytes:
    head = f"--{BOUNDARY}\r\nContent-Disposition: form-data; {names}\r\n"
    kind = f"Content-Type: {content_type}\r\n" if content_type else ""
    return f"{head}{kind}\r\n".encode() + content + b"\r\n"


def read_form(body: bytes, content_type: bytes) -> list[FormPart]:
    """Return the parts of a form, every byte as it came; none where it is no form.

    The email package reads headers only: with a bundle's code it would take its time.
    """
    boundary = _headers(b"Content-Type: " + content_type).get_boundary()
    if boundary is None:
        return []
    # What follows the last delimiter begins with two more dashes (RFC 2046, section 5.1.1).
    sections = (b"\r\n" + body).split(b"\r\n--" + boundary.encode())[1:]
    return [_part(one) for one in takewhile(lambda one: not one.startswith(b"--"), sections)]


def _part(section: bytes) -> FormPart:
    head, _, content = section.partition(b"\r\n\r\n")
    headers = _headers(head.lstrip())
    return FormPart(headers.get_filename(), headers.get_content_type(), content)


def _headers(lines: bytes) -> Message:
    # Names of files come as they are, in UTF-8.
    return HeaderParser().parsestr(lines.decode("utf-8", "replace") + "\r\n\r\n")
