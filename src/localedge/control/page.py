"""A page for a browser that shows what the admin API says; by itself it holds no data."""

from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

FILES = {
    "": ("page.html", "text/html"),
    "page.js": ("page.js", "text/javascript"),
    "page.css": ("page.css", "text/css"),
}
"""The paths below the admin API that need no token."""
HEADERS = {
    "content-security-policy": "default-src 'none'; script-src 'self'; style-src 'self'; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "x-frame-options": "DENY",
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cache-control": "no-store",
}
"""No other page can frame it, and it loads nothing from elsewhere."""


def routes() -> list[Route]:
    """Return the routes, relative to `/__localedge__`."""
    return [Route(f"/{path}", _file, methods=["GET"]) for path in FILES]


async def _file(request: Request) -> Response:
    name, media_type = FILES[request.url.path.rpartition("/")[2]]
    content = Path(__file__).with_name(name).read_bytes()
    return Response(content, media_type=media_type, headers=HEADERS)
