"""Cloudflare's clock, read from the `Date` of its responses: the one clock all machines share."""

import time
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

from edgefleet.errors import CloudflareError
from edgefleet.http.bounded import ResponseBound
from edgefleet.http.connection import TransportError, answered
from edgefleet.http.proxy import proxy_route

READ_SECONDS = 10.0
LARGEST_RESPONSE = 64 * 1024


class ServerClock:
    """Continues from the `Date` of the newest response (RFC 9110, 6.6.1), which counts seconds."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._date: datetime | None = None
        self._at = 0.0

    @property
    def known(self) -> bool:
        """Whether a response had a `Date`."""
        return self._date is not None

    def note(self, date: str | None) -> None:
        """Set the clock from a response's `Date`; a missing or malformed one changes nothing."""
        try:
            read = parsedate_to_datetime(date or "")
        except ValueError:
            return
        self._date = read if read.tzinfo else read.replace(tzinfo=UTC)
        self._at = self._monotonic()

    def now(self) -> datetime:
        """Return the time; raises `CloudflareError` as long as no response had a `Date`."""
        if self._date is None:
            raise CloudflareError(
                "no response from Cloudflare gave the time of day in its 'Date' header",
                hint="run it again; a proxy between here and Cloudflare may remove the header",
            )
        return self._date + timedelta(seconds=self._monotonic() - self._at)


def read_server_time(clock: ServerClock, base_url: str) -> None:
    """Set the clock with one request to Cloudflare's API that carries no token.

    Only the `Date` of the response counts, not its status. Raises `CloudflareError`.
    """
    parts = urlsplit(base_url)
    route = proxy_route(f"{parts.scheme}://{parts.netloc}")
    try:
        with closing(route.connection(READ_SECONDS)) as connection:
            response = answered(
                connection,
                "GET",
                f"{route.prefix}{parts.path}/ips",
                headers={"Host": parts.netloc, "User-Agent": "edgefleet"} | route.headers,
                bound=ResponseBound(READ_SECONDS, LARGEST_RESPONSE),
            )
    except TransportError as error:
        raise CloudflareError(
            f"cannot read the time of day: no response from {parts.netloc} ({error})",
            hint=f"check the network, the proxy, and CLOUDFLARE_API_BASE_URL, here {base_url}",
        ) from error
    clock.note(response.headers.get("Date"))
