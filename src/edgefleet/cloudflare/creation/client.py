"""List and make the resources of an account that are made by a name."""

from collections.abc import Iterator, Mapping

from edgefleet.cloudflare import schemas as wire
from edgefleet.cloudflare.client import Cloudflare, segment
from edgefleet.cloudflare.confirmed_write import poll_for_result
from edgefleet.cloudflare.creation.kinds import (
    CREATABLE,
    CreatableKind,
    DatabaseOrigin,
    ExistingResource,
    NewResource,
    body_of,
    headers_of,
)
from edgefleet.cloudflare.envelope import THROTTLED, ApiError
from edgefleet.cloudflare.error_codes import WORKER_NOT_FOUND
from edgefleet.cloudflare.named_resources import ResourceKind as K
from edgefleet.core.foreign.text import foreign_text
from edgefleet.core.foreign.values import at, entries
from edgefleet.core.model import Json
from edgefleet.errors import UsageError
from edgefleet.http.connection import HttpRequest
from edgefleet.http.retry import Sleep, poll

BUCKETS_A_PAGE = 1000


class NameTaken(UsageError):
    """Another run or tool made a resource of this name since edgefleet looked."""


class CreatableResources:
    """What an account has of such resources, and how it gets new ones."""

    def __init__(self, api: Cloudflare, account_id: str) -> None:
        self._api = api
        self._path = f"/accounts/{segment(account_id)}"

    def all(self, kind: K, jurisdiction: str = "") -> dict[str, ExistingResource]:
        """Return what there is of a kind by name; of R2 buckets those of one jurisdiction."""
        if kind is K.SUBDOMAIN:
            name = self._subdomain()
            return {name: ExistingResource(name, name)} if name else {}
        form = CREATABLE[kind]
        listed = self._buckets(jurisdiction) if kind is K.BUCKET else self._list(form)
        return {one.name: one for one in (_existing(form, entry) for entry in listed)}

    def create(self, new: NewResource, origin: DatabaseOrigin | None = None) -> str:
        """Make a resource, once; return what bindings name: its id, or its name."""
        if new.kind is K.SUBDOMAIN:
            return self._named_below_workers_dev(new.name)
        form = CREATABLE[new.kind]
        headers = headers_of(new.jurisdiction) if new.kind is K.BUCKET else {}
        body = body_of(new, origin)
        call = HttpRequest("POST", f"{self._path}/{form.path}", body=body, headers=headers)
        return _existing(form, self._api.send(call, dict)).id

    def create_confirmed(
        self,
        new: NewResource,
        origin: DatabaseOrigin | None = None,
        *,
        begun: bool,
        sleep: Sleep,
    ) -> str:
        """Make a resource, also if responses are lost; return what bindings name.

        `begun` says that an earlier run may have made it, though it does not show yet. No name is
        there twice, so a second attempt makes nothing twice: Cloudflare refuses it, and what has
        the name is taken. Raises `NameTaken` where that cannot be ours, and `ApiError`.
        """
        pauses = self._api.pauses()
        while True:
            try:
                return self.create(new, origin)
            except ApiError as error:
                if error.forbidden:
                    raise
                if not error.is_transient:
                    return self._there(new, error, begun=begun, sleep=sleep)
                if error.status != THROTTLED:  # which is refused before it is carried out
                    begun = True
                    if found := poll_for_result(error, lambda: self._find(new), sleep):
                        return found.id
                if not pauses.wait(error.retry_after):
                    raise

    def _there(self, new: NewResource, error: ApiError, *, begun: bool, sleep: Sleep) -> str:
        """Return what has the name for which Cloudflare refused a new one; raise the refusal."""
        look = poll(lambda: self._find(new), sleep) if begun else iter([self._find(new)])
        found = next((one for one in look if one), None)
        if found is None:
            raise error
        if begun:
            return found.id
        raise NameTaken(
            f"the {new.kind} '{new.name}' was made by another run or tool meanwhile"
        ) from error

    def _find(self, new: NewResource) -> ExistingResource | None:
        return self.all(new.kind, new.jurisdiction).get(new.name)

    def _list(self, form: CreatableKind) -> Iterator[Mapping[str, Json]]:
        path = f"{self._path}/{form.path}"
        if not form.page:
            yield from self._api.get(path, list[dict[str, Json]])
            return
        seen: set[str] = set()
        for entry in self._api.pages(path, dict, form.page):
            # A list that knows no pages comes whole, again and again.
            if str(entry.get(form.id)) in seen:
                return
            seen.add(str(entry.get(form.id)))
            yield entry

    def _buckets(self, jurisdiction: str) -> Iterator[Mapping[str, Json]]:
        after: dict[str, str | int] = {}
        while True:
            params = {"per_page": BUCKETS_A_PAGE, **after}
            path = f"{self._path}/{CREATABLE[K.BUCKET].path}"
            call = HttpRequest("GET", path, params, headers=headers_of(jurisdiction))
            page = [entry for _, entry in entries(self._api.read(call, dict), "buckets")]
            yield from page
            if len(page) < BUCKETS_A_PAGE:
                return
            after = {"start_after": str(page[-1].get("name"))}

    def _named_below_workers_dev(self, name: str) -> str:
        """Give the account a name, unless it has one by now: a second one would replace it."""
        if there := self._subdomain():
            return there
        self._api.write("PUT", f"{self._path}/workers/subdomain", {"subdomain": name})
        return name

    def _subdomain(self) -> str | None:
        path = f"{self._path}/workers/subdomain"
        found = self._api.find(path, wire.Subdomain, WORKER_NOT_FOUND)
        return found.subdomain if found else None


def _existing(form: CreatableKind, entry: Mapping[str, Json]) -> ExistingResource:
    name, identity = entry.get(form.name), entry.get(form.id)
    if not isinstance(name, str) or not isinstance(identity, str):
        raise ApiError(f"{form.path}: unexpected response from Cloudflare: no {form.id}")
    dimensions, metric = (at(entry, "config", key) for key in ("dimensions", "metric"))
    return ExistingResource(
        foreign_text(name),
        foreign_text(identity),
        dimensions if isinstance(dimensions, int) else None,
        metric if isinstance(metric, str) else None,
    )
