"""Custom domains that a change took from other scripts, on their way back."""

from collections.abc import Sequence
from functools import partial

from edgefleet.errors import CloudflareError, RestoreError
from edgefleet.flows.journal import Journal
from edgefleet.flows.settle import settled
from edgefleet.model.live import Held
from edgefleet.ports.account import Account


def give_back(account: Account, script: str, held: Sequence[Held], journal: Journal) -> None:
    """Give custom domains back to the scripts that had them, where `script` has them now.

    Raises `RestoreError` where one cannot be given back.
    """
    names = [one.hostname for one in held]
    for one in held:
        try:
            if one not in account.held(names, script):
                attach = partial(account.attach, one)
                settled(attach, lambda: False, journal.pauses(restoring=True))
        except CloudflareError as error:
            raise RestoreError(
                f"{script}: the host {one.hostname} is not back at {one.script}: {error.message}",
                hint=f"attach {one.hostname} to {one.script} in the dashboard, under "
                "Settings, Domains & Routes",
            ) from error
