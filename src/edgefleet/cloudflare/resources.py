"""Whether an account has the resources that a configuration names.

Only kinds that it names are read, so that a token needs no permission for the others.
"""

from collections.abc import Iterable

from edgefleet.cloudflare import schemas as wire
from edgefleet.cloudflare.client import Cloudflare, segment
from edgefleet.cloudflare.envelope import ApiError
from edgefleet.cloudflare.error_codes import BUCKET_NOT_FOUND, HYPERDRIVE_NOT_FOUND
from edgefleet.cloudflare.named_resources import NamedResource, ResourceKind

NOT_FOUND = 404


class Resources:
    """What the account `account_id` has, as far as its token may look."""

    def __init__(self, api: Cloudflare, account_id: str) -> None:
        self._api = api
        self._path = f"/accounts/{segment(account_id)}"

    def present(self, wanted: Iterable[NamedResource]) -> dict[NamedResource, bool | None]:
        """Return which of these there are; None for what the token may not look for.

        Raises `ApiError` where Cloudflare gives no answer to go by.
        """
        asked = list(wanted)
        scripts = (
            self._scripts() if any(one.kind is ResourceKind.SCRIPT for one in asked) else set[str]()
        )
        return {
            one: one.name in scripts if one.kind is ResourceKind.SCRIPT else self._has(one)
            for one in asked
        }

    def _has(self, one: NamedResource) -> bool | None:
        try:
            if one.kind is ResourceKind.QUEUE:
                path = f"{self._path}/queues?name={segment(one.name)}"
                return any(
                    it.queue_name == one.name for it in self._api.get(path, list[wire.Queue])
                )
            place = "r2/buckets" if one.kind is ResourceKind.BUCKET else "hyperdrive/configs"
            self._api.get(f"{self._path}/{place}/{segment(one.name)}", dict)
        except ApiError as error:
            if error.status == NOT_FOUND or {BUCKET_NOT_FOUND, HYPERDRIVE_NOT_FOUND} & {
                *error.codes
            }:
                return False
            if error.forbidden:
                return None
            raise
        return True

    def _scripts(self) -> set[str]:
        found = self._api.get(f"{self._path}/workers/scripts", list[wire.CloudflareId])
        return {one.id for one in found}
