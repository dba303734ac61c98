"""Forms (multipart/form-data), as wrangler writes them and Cloudflare answers with them."""

import email
import email.policy
from typing import NamedTuple


class Part(NamedTuple):
    """One part of a form; `name` is its file name, None where it has none."""

    name: str | None
    content_type: str
    content: bytes


def read_form(body: bytes, content_type: bytes) -> list[Part]:
    """Return the parts of a form, every byte as it came; none where it is no form."""
    head = b"Content-Type: " + content_type + b"\r\n\r\n"
    message = email.message_from_bytes(head + body, policy=email.policy.HTTP)
    parts = []
    for part in message.iter_parts():
        content = part.get_payload(decode=True)
        if isinstance(content, bytes):
            parts.append(Part(part.get_filename(), part.get_content_type(), content))
    return parts
