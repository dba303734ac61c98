"""Asks a Worker how it is, until it proves itself or the time is up."""

from collections.abc import Mapping
from contextlib import closing
from typing import Protocol
from urllib.parse import urlsplit

from edgefleet.core.clock import Clock
from edgefleet.core.foreign.json import parse_json
from edgefleet.core.model import Json, Model
from edgefleet.health.models import Expectation
from edgefleet.health.rules import fault, missing_of, model_of, ready_of, version_of
from edgefleet.http.bounded import ResponseBound
from edgefleet.http.connection import TransportError, answered
from edgefleet.http.proxy import proxy_route
from edgefleet.http.retry import Pauses, RetryPolicy
from edgefleet.records.models import Health

ANSWER_SECONDS = 10.0
LARGEST_ANSWER = 64 * 1024

OWN_EXCEPTION = 500
"""What a Worker answers whose own code throws."""
SETTLED_SECONDS = 20.0
"""After so long, an exception is no trouble of a version that is still spreading."""


class VersionOverride(Model):
    """One version of a script that is to answer, whatever its share of the traffic."""

    script: str
    version_id: str

    def headers(self) -> dict[str, str]:
        """Return the header that Cloudflare obeys if the version is in the deployment.

        https://developers.cloudflare.com/workers/configuration/versions-and-deployments/
        gradual-deployments/#version-overrides
        """
        return {"Cloudflare-Workers-Version-Overrides": f'{self.script}="{self.version_id}"'}


class Probe(Protocol):
    """What flows need of a probe."""

    def __call__(
        self,
        url: str,
        expected: Expectation,
        *,
        deadline: float,
        pin: VersionOverride | None = None,
    ) -> Health:
        """Ask `url`/health for at most `deadline` seconds until it is as expected.

        With `pin`, ask for one version of a script, which may have 0 % of the traffic.
        """
        ...


def retries(deadline: float) -> RetryPolicy:
    """Return when a Worker is asked again within `deadline` seconds."""
    return RetryPolicy(
        seconds=deadline,
        attempts=None,
        first_wait=0.2,
        longest_wait=5.0,
        jitter=0.0,
        adjustable=False,
        shorten_last=False,
    )


class HttpProbe:
    """Asks over HTTP, with waits that double."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    def __call__(
        self,
        url: str,
        expected: Expectation,
        *,
        deadline: float,
        pin: VersionOverride | None = None,
    ) -> Health:
        """Ask until healthy or `deadline` seconds have passed; the last answer is returned.

        A Worker that answers 500 for `SETTLED_SECONDS` is not asked any longer: that is its own
        exception, while other wrong answers may come from an address that is still being set up.
        """
        started = good_until = self._clock.monotonic()
        pauses = Pauses(self._clock.sleep, retries(deadline), monotonic=self._clock.monotonic)
        attempts = 0
        while True:
            attempts += 1
            left = deadline - (self._clock.monotonic() - started)
            health = self._ask(url, expected, max(min(ANSWER_SECONDS, left), 1.0), pin)
            now = self._clock.monotonic()
            spent = now - started
            if health.status != OWN_EXCEPTION:
                good_until = now
            settled = now - good_until >= SETTLED_SECONDS
            if health.healthy or settled or not pauses.wait():
                return health.model_copy(update={"attempts": attempts, "seconds": round(spent, 3)})

    def _ask(
        self, url: str, expected: Expectation, timeout: float, pin: VersionOverride | None
    ) -> Health:
        nothing = Health(url=url, healthy=False, attempts=1, seconds=0)
        try:
            status, body = get_json(url + "/health", timeout, pin.headers() if pin else {})
        except TransportError as error:
            why = f"it does not answer ({error})"
            return nothing.model_copy(update={"reason": why})
        reason = fault(status, body, expected)
        return Health(
            url=url,
            healthy=not reason,
            attempts=1,
            seconds=0,
            status=status,
            version_id=version_of(body),
            model_id=model_of(body),
            ready=ready_of(body),
            missing=missing_of(body),
            reason=reason,
        )


def get_json(
    url: str, timeout: float = ANSWER_SECONDS, more: Mapping[str, str] | None = None
) -> tuple[int, Json]:
    """GET a URL, over a new connection, as a visitor who comes for the first time.

    Returns its status and its JSON, or None where the body is none. Raises `TransportError`.
    """
    url, headers = resolve_localhost(url)
    headers |= {"Accept": "application/json", "User-Agent": "edgefleet", **(more or {})}
    parts = urlsplit(url)
    way = proxy_route(f"{parts.scheme}://{parts.netloc}")
    path = parts._replace(scheme="", netloc="").geturl()
    with closing(way.connection(timeout)) as connection:
        answer = answered(
            connection,
            "GET",
            way.prefix + path,
            headers=headers | way.headers,
            bound=ResponseBound(timeout, LARGEST_ANSWER),
        )
    try:
        return answer.status, parse_json(answer.content)
    except ValueError:
        return answer.status, None


def resolve_localhost(url: str) -> tuple[str, dict[str, str]]:
    """Return where to send a request for a URL, and the headers that it needs for that.

    Every `*.localhost` is taken for 127.0.0.1: not every resolver does so (RFC 6761 lets it).
    """
    parts = urlsplit(url)
    if not (parts.hostname or "").endswith(".localhost"):
        return url, {}
    here = parts._replace(netloc=f"127.0.0.1:{parts.port or 80}")
    return here.geturl(), {"Host": parts.netloc}
