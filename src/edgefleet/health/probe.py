"""Asks a Worker how it is, until it proves itself or the time is up."""

from typing import Protocol

from edgefleet.core.clock import Clock
from edgefleet.core.model import Model
from edgefleet.health.client import WorkerRequest, ask
from edgefleet.health.models import Answer, Expectation
from edgefleet.health.rules import fault, missing_of, ready_of, shown_of, version_of
from edgefleet.http.connection import TransportError
from edgefleet.http.retry import Pauses, RetryPolicy
from edgefleet.records.models import Health

ANSWER_SECONDS = 10.0
STEADY_WAIT = 0.5
"""Seconds between the answers of a Worker that does not tell its version."""

OWN_EXCEPTION = 500
"""What a Worker answers whose own code throws."""
SETTLED_SECONDS = 20.0
"""After so long, an exception is no trouble of a version that is still spreading."""
ACCEPT = "application/json"
MODEL = "model"
"""The shown value that records also have as `model_id`."""


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
        """Ask the Worker at `url` for at most `deadline` seconds until it is as expected.

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

        A Worker that does not tell its version must answer well for `expected.steady` seconds on
        end, which may end after the deadline: its first answers may come from an older version.
        """
        started = good_until = self._clock.monotonic()
        pauses = Pauses(self._clock.sleep, retries(deadline), monotonic=self._clock.monotonic)
        attempts = 0
        while True:
            attempts += 1
            left = deadline - (self._clock.monotonic() - started)
            health = self._ask(url, expected, max(min(ANSWER_SECONDS, left), 1.0), pin)
            if health.healthy:
                health, more = self._steady(url, expected, pin, health)
                attempts += more
            now = self._clock.monotonic()
            spent = now - started
            if health.status != OWN_EXCEPTION:
                good_until = now
            settled = now - good_until >= SETTLED_SECONDS
            if health.healthy or settled or not pauses.wait():
                return health.model_copy(update={"attempts": attempts, "seconds": round(spent, 3)})

    def _steady(
        self, url: str, expected: Expectation, pin: VersionOverride | None, health: Health
    ) -> tuple[Health, int]:
        """Ask on for as long as answers must stay right; return the last one, and how many."""
        end = self._clock.monotonic() + expected.steady
        asked = 0
        while health.healthy and self._clock.monotonic() < end:
            self._clock.sleep(min(STEADY_WAIT, max(end - self._clock.monotonic(), 0)))
            health = self._ask(url, expected, ANSWER_SECONDS, pin)
            asked += 1
        return health, asked

    def _ask(
        self, url: str, expected: Expectation, timeout: float, pin: VersionOverride | None
    ) -> Health:
        contract = expected.contract
        nothing = Health(
            url=url, healthy=False, attempts=1, seconds=0, live_version_id=expected.version_id
        )
        try:
            answer = ask_health(url, expected, timeout, pin)
        except TransportError as error:
            why = f"it does not answer ({error})"
            return nothing.model_copy(update={"reason": why})
        reason = fault(answer, expected)
        shown = shown_of(answer, contract)
        return nothing.model_copy(
            update={
                "healthy": not reason,
                "proof": None if reason else contract.proof,
                "status": answer.status,
                "version_id": version_of(answer, contract),
                "shown": shown,
                "model_id": shown.get(MODEL),
                "ready": ready_of(answer.body, contract),
                "missing": missing_of(answer.body, contract),
                "reason": reason,
            }
        )


def ask_health(
    url: str,
    expected: Expectation,
    timeout: float = ANSWER_SECONDS,
    pin: VersionOverride | None = None,
) -> Answer:
    """Send one request of a health check; raises `TransportError` where no answer came."""
    contract = expected.contract
    accept = {"Accept": ACCEPT} if contract.reads_json else {}
    headers = {**accept, **expected.headers, **(pin.headers() if pin else {})}
    reads = contract.reads_body
    return ask(url, WorkerRequest(contract.method, contract.path, headers, None, timeout, reads))
