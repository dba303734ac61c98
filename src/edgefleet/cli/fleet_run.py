"""What deploy-all and a rollback of many tenants have in common."""

import os
from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path

from edgefleet.cli.output.json_output import print_json
from edgefleet.cli.output.show import show
from edgefleet.cli.wiring import Wiring
from edgefleet.cloudflare.account import Account
from edgefleet.config.account_session import ConnectAccount
from edgefleet.config.credentials.lookup import Credential
from edgefleet.core.clock import Clock
from edgefleet.core.output.progress import Progress
from edgefleet.core.output.terminal import terminal_width
from edgefleet.core.secret import Secret
from edgefleet.core.signals import Cancellation, cancel_on_signals
from edgefleet.deploy.request import Dependencies
from edgefleet.errors import FleetError, Interrupted
from edgefleet.fleet.cancellation import TargetCancellation
from edgefleet.fleet.display import fleet_display
from edgefleet.fleet.models import FleetRecord, Outcome
from edgefleet.fleet.recorder import FleetRecorder
from edgefleet.fleet.report import fleet_text, what_is_left
from edgefleet.fleet.runner import ChangeTarget, Fleet, FleetDependencies
from edgefleet.fleet.store import FleetRecords
from edgefleet.health.probe import HttpProbe
from edgefleet.locks.locking import Locker
from edgefleet.plan.accounts import Accounts
from edgefleet.records.models import Status
from edgefleet.records.store import ListedRecords


def run_fleet(
    wiring: Wiring,
    record: FleetRecord,
    change: ChangeTarget,
    halt: Cancellation,
    output_format: str,
) -> None:
    """Change every target of the record, print how it went, and raise unless all is done."""
    recorder = FleetRecorder(record, FleetRecords(wiring.records.folder), wiring.clock)
    ports = FleetDependencies(fleet_display(len(record.left), wiring.clock), wiring.clock, halt)
    here, root = os.path.relpath(recorder.path), _root(wiring)
    text = output_format == "text"
    with cancel_on_signals(halt):
        done = Fleet(recorder, change, ports).run()
        if text:
            show(fleet_text(done, here, root, terminal_width()))
        else:
            print_json(done)
    # In text, the summary ends with it.
    _raise(done, "" if text else f"to do what is left: {what_is_left(done, here, root)}")


class PortsOfMany:
    """The outside world of each of many targets.

    `verified` are the tokens that were looked at beforehand, by the id of their account.
    """

    def __init__(self, wiring: Wiring, verified: Mapping[str, Secret], locking: Locker) -> None:
        self._wiring = wiring
        self._verified = verified
        records = ListedRecords(wiring.records.folder)
        self._ports = replace(wiring.ports(), records=records, locking=locking)

    def of_one(self, progress: Progress, clock: Clock) -> Dependencies:
        """Return the outside world of one target.

        It has one connection pool, which goes with the target; its waits end when the run is to
        stop.
        """
        accounts = Accounts(partial(self._wiring.api, sleep=clock.sleep), self._verified)
        return replace(
            self._ports,
            progress=progress,
            clock=clock,
            probe=HttpProbe(clock),
            connect=accounts.connect,
            observe=accounts.observe,
        )


def connect_until(wiring: Wiring, halt: Cancellation) -> ConnectAccount:
    """Return what opens accounts, and waits no longer than until the run is to stop."""

    def connect(credential: Credential, account_id: str) -> Account:
        sleep = TargetCancellation(halt, wiring.clock).wait
        return Account(wiring.api(credential, account_id, sleep=sleep), account_id)

    return connect


def _root(wiring: Wiring) -> list[str]:
    """Return the options that lead to the repository from where we are, if any must."""
    return [] if Path.cwd().is_relative_to(wiring.root) else ["--root", str(wiring.root)]


def _raise(done: FleetRecord, hint: str) -> None:
    if done.status is Status.SUCCEEDED:
        return
    words = f"{len(done.left)} of {len(done.members)} targets are left"
    if done.status is Status.INTERRUPTED:
        raise Interrupted(f"interrupted; {words}", hint=hint)
    lost = [one.tenant for one in done.members if one.outcome is Outcome.RESTORE_FAILED]
    person = f"; a person is needed for {', '.join(lost)}" if lost else ""
    raise FleetError(words + person, hint=hint)
