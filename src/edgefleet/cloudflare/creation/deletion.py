"""Delete the resources of an account, with all that they hold.

https://developers.cloudflare.com/api/ has a page of each.
"""

from collections.abc import Mapping

from edgefleet.cloudflare.client import Cloudflare, segment
from edgefleet.cloudflare.creation.kinds import headers_of
from edgefleet.cloudflare.envelope import ApiError
from edgefleet.cloudflare.error_codes import BUCKET_NOT_FOUND, HYPERDRIVE_NOT_FOUND
from edgefleet.cloudflare.named_resources import ResourceKind as K
from edgefleet.cloudflare.triggers.schemas import Queue
from edgefleet.http.connection import HttpRequest

DELETED_AT: Mapping[K, str] = {
    K.NAMESPACE: "storage/kv/namespaces/{}",
    K.DATABASE: "d1/database/{}",
    K.INDEX: "vectorize/v2/indexes/{}",
    K.BUCKET: "r2/buckets/{}",
    K.QUEUE: "queues/{}",
    K.HYPERDRIVE: "hyperdrive/configs/{}",
    K.GATEWAY: "ai-gateway/gateways/{}",
}
"""The kinds that edgefleet deletes -> the path of one below an account, by its id."""

GONE = frozenset({BUCKET_NOT_FOUND, HYPERDRIVE_NOT_FOUND})


class ResourceDeletion:
    """Deletes in the account `account_id`."""

    def __init__(self, api: Cloudflare, account_id: str) -> None:
        self._api = api
        self._path = f"/accounts/{segment(account_id)}"

    def delete(self, kind: K, identity: str, jurisdiction: str = "") -> None:
        """Delete one resource; one that is gone is no error. Raises `ApiError`.

        `identity` is what bindings name: an id, or a name. Cloudflare deletes no bucket that holds
        objects.
        """
        found = self._queue_id(identity) if kind is K.QUEUE else identity
        if found is None:
            return
        path = f"{self._path}/{DELETED_AT[kind].format(segment(found))}"
        headers = headers_of(jurisdiction) if kind is K.BUCKET else {}
        try:
            self._api.send(HttpRequest("DELETE", path, headers=headers), object)
        except ApiError as error:
            if error.status != 404 and not GONE & {*error.codes}:
                raise

    def _queue_id(self, name: str) -> str | None:
        path = f"{self._path}/queues?name={segment(name)}"
        for queue in self._api.get(path, list[Queue]):
            if queue.queue_name == name:
                return queue.queue_id
        return None
