"""The dependencies of each target of many: new connections, the rest shared."""

from collections.abc import Mapping
from dataclasses import replace
from functools import partial

from edgefleet.cloudflare.account import Account
from edgefleet.config.account_session import ConnectAccount
from edgefleet.config.credentials.lookup import Credential
from edgefleet.core.clock import Clock
from edgefleet.core.output.progress import Progress
from edgefleet.core.signals import Cancellation
from edgefleet.deploy.request import Dependencies
from edgefleet.fleet.cancellation import TargetCancellation
from edgefleet.fleet.context import FleetContext
from edgefleet.health.probe import HttpProbe
from edgefleet.locks.locking import Locker
from edgefleet.plan.accounts import Accounts, VerifiedToken
from edgefleet.records.store import ListedRecords


class TargetDependencies:
    """Makes the dependencies of each of many targets.

    `verified` are the tokens that were checked beforehand, by the id of their account.
    """

    def __init__(
        self, context: FleetContext, verified: Mapping[str, VerifiedToken], locking: Locker
    ) -> None:
        self._context = context
        self._verified = verified
        records = ListedRecords(context.records.folder)
        self._ports = replace(context.ports(), records=records, locking=locking)

    def for_target(self, progress: Progress, clock: Clock) -> Dependencies:
        """Return the dependencies of one target.

        It has its own connection pool; its waits end when the run is cancelled.
        """
        context = self._context
        api = partial(context.api, sleep=clock.sleep)
        accounts = Accounts(api, self._verified, context.seen, sent=True)
        return replace(
            self._ports,
            progress=progress,
            clock=clock,
            probe=HttpProbe(clock),
            connect=accounts.connect,
            observe=accounts.observe,
        )


def connect_until(context: FleetContext, halt: Cancellation) -> ConnectAccount:
    """Return what opens accounts; its waits end when the run is cancelled."""

    def connect(credential: Credential, account_id: str) -> Account:
        sleep = TargetCancellation(halt, context.clock).wait
        return Account(context.api(credential, account_id, sleep=sleep), account_id)

    return connect
