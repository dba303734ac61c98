"""Custom domains that a change took from other scripts, on their way back."""

from collections.abc import Sequence
from functools import partial

from edgefleet.cloudflare.account import Account
from edgefleet.cloudflare.confirmed_write import write_and_confirm
from edgefleet.cloudflare.models import HeldDomain
from edgefleet.errors import CloudflareError, RestoreError
from edgefleet.records.recorder import Recorder


def restore_custom_domains(
    account: Account, script: str, held: Sequence[HeldDomain], recorder: Recorder
) -> None:
    """Give custom domains back to the scripts that had them, where `script` has them now.

    Each of them is tried; raises `RestoreError` where one or more cannot be given back.
    """
    names = [one.hostname for one in held]
    failed: list[tuple[HeldDomain, CloudflareError]] = []
    for one in held:
        try:
            if one not in account.held(names, script):
                attach = partial(account.attach, one)
                write_and_confirm(attach, lambda: False, recorder.pauses(restoring=True))
        except CloudflareError as error:
            failed.append((one, error))
    if failed:
        lost = "; ".join(
            f"the host {one.hostname} is not back at {one.script}: {error.message}"
            for one, error in failed
        )
        attach_them = ", ".join(f"{one.hostname} to {one.script}" for one, _ in failed)
        raise RestoreError(
            f"{script}: {lost}",
            hint=f"attach {attach_them} in the dashboard, under Settings, Domains & Routes",
        ) from failed[0][1]
