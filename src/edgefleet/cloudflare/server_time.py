"""Asks Cloudflare for the time of day, where no answer has told it yet."""

from contextlib import closing
from urllib.parse import urlsplit

from edgefleet.cloudflare.server_clock import ServerClock
from edgefleet.errors import CloudflareError
from edgefleet.http.bounded import ResponseBound
from edgefleet.http.connection import TransportError, answered
from edgefleet.http.proxy import proxy_route

SECONDS = 10.0
LARGEST_ANSWER = 64 * 1024


def ask_time(clock: ServerClock, base_url: str) -> None:
    """Set the clock by an answer of Cloudflare's API to a request without a token.

    Whatever the answer is, its `Date` is what is asked for. Raises `CloudflareError`.
    """
    parts = urlsplit(base_url)
    way = proxy_route(f"{parts.scheme}://{parts.netloc}")
    try:
        with closing(way.connection(SECONDS)) as connection:
            answer = answered(
                connection,
                "GET",
                f"{way.prefix}{parts.path}/ips",
                headers={"Host": parts.netloc, "User-Agent": "edgefleet"} | way.headers,
                bound=ResponseBound(SECONDS, LARGEST_ANSWER),
            )
    except TransportError as error:
        raise CloudflareError(
            f"{parts.netloc} does not tell the time of day: no answer ({error})",
            hint="look at the network, and at CLOUDFLARE_API_BASE_URL",
        ) from error
    clock.note(answer.headers.get("Date"))
