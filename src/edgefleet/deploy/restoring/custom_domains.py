"""Custom domains that a change took from other scripts go back to them."""

from collections.abc import Sequence
from functools import partial

from edgefleet.cloudflare.confirmed_write import write_and_confirm
from edgefleet.cloudflare.models import HeldDomain
from edgefleet.config.account_api import AccountApi
from edgefleet.errors import CloudflareError, RestoreError
from edgefleet.records.recorder import Recorder


def restore_custom_domains(
    account: AccountApi, script: str, held: Sequence[HeldDomain], recorder: Recorder
) -> None:
    """Give custom domains back to the scripts that had them, unless these have them still.

    Tries each of them; raises `RestoreError` if one or more cannot be given back.
    """
    names = [domain.hostname for domain in held]
    failed: list[tuple[HeldDomain, CloudflareError]] = []
    for domain in held:
        try:
            if domain not in account.held(names, script):
                attach = partial(account.attach, domain)
                write_and_confirm(attach, lambda: False, recorder.pauses(restoring=True))
        except CloudflareError as error:
            failed.append((domain, error))
    if failed:
        lost = "; ".join(
            f"the host {domain.hostname} is not back at {domain.script}: {error.message}"
            for domain, error in failed
        )
        attach_them = ", ".join(f"{domain.hostname} to {domain.script}" for domain, _ in failed)
        raise RestoreError(
            f"{script}: {lost}",
            hint=f"attach {attach_them} in the dashboard, under Settings, Domains & Routes",
        ) from failed[0][1]
