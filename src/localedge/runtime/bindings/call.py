"""One call of a binding: the request of workerd's client, read from the proxy's headers.

A binding that has a remote proxy sends its client's own HTTP request to the proxy's address, with
the binding's name in `MF-Binding`, the client's URL in `MF-URL` and each of the client's headers
under `MF-Header-` (miniflare's `remote-proxy-client.worker.ts`).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl, unquote, urlsplit

from starlette.requests import Request

from localedge.model import Json, ScriptRef


@dataclass(frozen=True, slots=True)
class BindingCall:
    """The client's request; `path` is decoded and has no leading slash."""

    ref: ScriptRef
    binding: Mapping[str, Json]
    method: str
    path: str
    query: Mapping[str, str]
    request: Request

    def header(self, name: str) -> str | None:
        """Return one of the client's headers; a header's bytes are UTF-8 here."""
        value = self.request.headers.get(f"mf-header-{name}")
        return value.encode("latin-1").decode("utf-8", "replace") if value is not None else None


def read_call(ref: ScriptRef, binding: Mapping[str, Json], request: Request) -> BindingCall:
    """Read the client's request."""
    url = urlsplit(request.headers["mf-url"])
    return BindingCall(
        ref=ref,
        binding=binding,
        method=request.method,
        path=unquote(url.path).removeprefix("/"),
        query=dict(parse_qsl(url.query, keep_blank_values=True)),
        request=request,
    )
