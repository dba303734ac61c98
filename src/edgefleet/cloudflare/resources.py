"""Whether an account has the resources that a configuration names.

Only kinds that it names are read, so that a token needs no permission for the others: of most of
them one by its name or id, of the others one list.
"""

from collections.abc import Callable, Collection, Iterable, Mapping

from edgefleet.cloudflare import schemas as wire
from edgefleet.cloudflare.client import Cloudflare, segment
from edgefleet.cloudflare.envelope import ApiError
from edgefleet.cloudflare.error_codes import BUCKET_NOT_FOUND, HYPERDRIVE_NOT_FOUND, NO_ROUTE
from edgefleet.cloudflare.named_resources import SCRIPTS, NamedResource
from edgefleet.cloudflare.named_resources import ResourceKind as K
from edgefleet.cloudflare.script.client import WorkerScript
from edgefleet.cloudflare.triggers.schemas import Queue

NOT_THERE = (400, 404)
"""Answers to a name or an id that nothing has, or that nothing can have."""

ONE_BY_ONE: Mapping[K, str] = {
    K.BUCKET: "r2/buckets/{}",
    K.HYPERDRIVE: "hyperdrive/configs/{}",
    K.DISPATCH_NAMESPACE: "workers/dispatch/namespaces/{}",
    K.MEMORY: "agent-memory/namespaces/{}",
    K.SEARCH: "ai-search/namespaces/default/instances/{}",
    K.SEARCH_NAMESPACE: "ai-search/namespaces/{}",
    K.ARTIFACTS: "artifacts/namespaces/{}",
    K.FLAGSHIP: "flagship/apps/{}",
    K.K2: "k2/streams/{}",
    K.STREAM: "pipelines/v1/streams/{}",
    K.PIPELINE: "pipelines/v1/pipelines/{}",
    K.VPC_SERVICE: "connectivity/directory/services/{}",
    K.TUNNEL: "cfd_tunnel/{}",
}
"""Below an account: where one resource is read (https://developers.cloudflare.com/api/)."""

SMALL_PAGE = 50
"""What a page of zones and of destination addresses may hold."""

Presence = bool | None
"""None where the token may not look, or where Cloudflare does not tell."""


class Resources:
    """What the account `account_id` has, as far as its token may look."""

    def __init__(self, api: Cloudflare, account_id: str) -> None:
        self._api = api
        self._account_id = account_id
        self._path = f"/accounts/{segment(account_id)}"
        self._lists: dict[str, frozenset[str] | None] = {}

    def present(
        self, wanted: Iterable[NamedResource], scripts: Collection[str] = ()
    ) -> dict[NamedResource, Presence]:
        """Return which of these there are; None for what the token may not look for.

        `scripts` are the names of all scripts, if they were read just now.

        What a script should have is left out where there is no such script: that is said of the
        script. Raises `ApiError` where Cloudflare gives no answer to go by.
        """
        if scripts:
            self._lists[_key(K.SCRIPT)] = frozenset(scripts)
        known: dict[tuple[K, str, str], Presence] = {}
        found: dict[NamedResource, Presence] = {}
        for one in wanted:
            if one.kind in SCRIPTS and self._in_list(K.SCRIPT, one.scope) is False:
                continue
            key = (one.kind, one.name, one.scope)
            if key not in known:
                known[key] = self._look(one)
            found[one] = known[key]
        return found

    def _look(self, one: NamedResource) -> Presence:
        match one.kind:
            case K.WORKFLOW:
                return _answer(lambda: self._workflow(one))
            case K.ENTRYPOINT:
                return _answer(lambda: self._entrypoint(one))
            case K.QUEUE:
                return _answer(lambda: self._queue(one.name))
            case K.HOST_ZONE:
                labels = one.name.split(".")
                suffixes = [".".join(labels[first:]) for first in range(len(labels) - 1)]
                seen = [self._in_list(K.ZONE, name) for name in suffixes]
                return None if None in seen else any(seen)
            case kind if kind in ONE_BY_ONE:
                path = f"{self._path}/{ONE_BY_ONE[kind].format(segment(one.name))}"
                return _answer(lambda: self._api.get(path, dict) is not None)
        name = f"{one.scope} {one.name}" if one.scope else one.name
        return self._in_list(one.kind, name, one.scope)

    def _in_list(self, kind: K, name: str, scope: str = "") -> Presence:
        """Look into the one list of a kind (of secrets: of one store), which is read once."""
        key = _key(kind, scope)
        if key not in self._lists:
            self._lists[key] = _listed(lambda: self._read(kind, scope))
        found = self._lists[key]
        return None if found is None else (name.lower() if kind is K.ADDRESS else name) in found

    def _read(self, kind: K, scope: str) -> Iterable[str]:
        api, path = self._api, self._path
        match kind:
            case K.SCRIPT:
                found = api.get(f"{path}/workers/scripts", list[wire.CloudflareId])
                return [one.id for one in found]
            case K.NAMESPACE:
                namespaces = api.pages(f"{path}/storage/kv/namespaces", wire.CloudflareId)
                return [one.id for one in namespaces]
            case K.DATABASE:
                return [one.uuid for one in api.pages(f"{path}/d1/database", wire.Database)]
            case K.INDEX:
                indexes = api.get(f"{path}/vectorize/v2/indexes", list[wire.CloudflareName])
                return [one.name for one in indexes]
            case K.CLASS:
                classes = api.pages(f"{path}/workers/durable_objects/namespaces", wire.ObjectClass)
                return [f"{one.script} {one.class_name}" for one in classes]
            case K.CERTIFICATE:
                return [one.id for one in api.pages(f"{path}/mtls_certificates", wire.CloudflareId)]
            case K.SECRET:
                store = f"{path}/secrets_store/stores/{segment(scope)}/secrets"
                return [f"{scope} {one.name}" for one in api.pages(store, wire.CloudflareName)]
            case K.ADDRESS:
                addresses = api.pages(
                    f"{path}/email/routing/addresses", wire.EmailAddress, SMALL_PAGE
                )
                return [one.email.lower() for one in addresses if one.verified]
        return self._zones()

    def _zones(self) -> list[str]:
        account = {"account.id": self._account_id}
        zones = list(self._api.pages("/zones", wire.Zone, SMALL_PAGE, **account))
        if not zones:
            # A token that may read no zone gets an empty list, not a refusal.
            raise ApiError("the token sees no zone", status=403)
        return [word for one in zones for word in (one.id, one.name)]

    def _queue(self, name: str) -> bool:
        found = self._api.get(f"{self._path}/queues?name={segment(name)}", list[Queue])
        return any(one.queue_name == name for one in found)

    def _workflow(self, one: NamedResource) -> bool:
        found = self._api.get(f"{self._path}/workflows/{segment(one.name)}", wire.Workflow)
        return found.script_name == one.scope

    def _entrypoint(self, one: NamedResource) -> Presence:
        script = WorkerScript(self._api, self._account_id, one.scope)
        live = script.deployments.current()
        if live is None:
            return None
        code = script.versions.whole(live.main_version).resources.script
        if not code.named_handlers and not code.handlers:
            return None  # Cloudflare does not know this version's code
        return one.name in {each.name for each in code.named_handlers or ()}


def _key(kind: K, scope: str = "") -> str:
    return f"{kind} {scope if kind is K.SECRET else ''}"


def _answer(ask: Callable[[], Presence]) -> Presence:
    try:
        return ask()
    except ApiError as error:
        if error.forbidden or NO_ROUTE in error.codes:
            return None
        gone = {BUCKET_NOT_FOUND, HYPERDRIVE_NOT_FOUND} & {*error.codes}
        if error.status in NOT_THERE or gone:
            return False
        raise


def _listed(read: Callable[[], Iterable[str]]) -> frozenset[str] | None:
    """Return a list; None where the token may not read it, empty where what it is in is gone."""
    try:
        return frozenset(read())
    except ApiError as error:
        if error.forbidden or NO_ROUTE in error.codes:
            return None
        if error.status in NOT_THERE:
            return frozenset()
        raise
