"""A script's deployments: which versions get which share of the traffic, now and before.

https://developers.cloudflare.com/api/resources/workers/subresources/scripts/subresources/deployments/
"""

from collections.abc import Iterator, Sequence

from edgefleet.cloudflare.client import MOST_PAGES, PAGE_SIZE, Cloudflare
from edgefleet.cloudflare.envelope import ApiError
from edgefleet.cloudflare.error_codes import NO_SUCH_SCRIPT
from edgefleet.cloudflare.models import (
    Deployment,
    DeploymentEvent,
    DeploymentPage,
    TrafficShare,
)
from edgefleet.cloudflare.script import schemas as wire
from edgefleet.core.model import Json


class ScriptDeployments:
    """The deployments at `path`, newest first; there are none where the script does not exist."""

    def __init__(self, api: Cloudflare, path: str) -> None:
        self._api = api
        self._path = path

    def current(self) -> Deployment | None:
        """Return the deployment in force; None where the script does not exist."""
        return next(iter(self.recent()), None)

    def recent(self) -> tuple[Deployment, ...]:
        """Return the first page of the list: the first deployment is in force."""
        return tuple(deployment for deployment, _ in self.first_page())

    def first_page(self) -> DeploymentPage:
        """Return the first page of the list, each with who made it and how."""
        page = self._api.find(self._path, wire.DeploymentList, *NO_SUCH_SCRIPT)
        return [(_deployment(item), _event(item)) for item in page.deployments] if page else []

    def history(self) -> Iterator[DeploymentEvent]:
        """Yield all deployments; a page is read when its first deployment is needed."""
        seen: set[str] = set()
        # Cloudflare decides how long a page may be: the end is a page that brings nothing new.
        for number in range(1, MOST_PAGES + 1):
            path = f"{self._path}?page={number}&per_page={PAGE_SIZE}"
            page = self._api.find(path, wire.DeploymentList, *NO_SUCH_SCRIPT)
            new = [item for item in page.deployments if item.id not in seen] if page else []
            if not new:
                return
            seen.update(item.id for item in new)
            yield from map(_event, new)
        raise ApiError(f"GET {self._path}: the list does not end after {MOST_PAGES} pages")

    def create(
        self,
        shares: Sequence[TrafficShare],
        message: str,
        *,
        force: bool = False,
        code_update: Json = None,
    ) -> None:
        """Give versions their shares of the traffic.

        Without `force` Cloudflare refuses an older version with other secrets, with
        `error_codes.VERSION_NOT_DEPLOYABLE`. `code_update` says how running Durable Objects change
        to the new code, as wrangler 4.164.0 sends it; without it Cloudflare decides.
        """
        body: dict[str, Json] = {
            "strategy": "percentage",
            "versions": [share.model_dump() for share in shares],
            "annotations": {"workers/message": message},
        }
        if code_update is not None:
            body["code_update_strategy"] = code_update
        query = "?force=true" if force else ""
        self._api.write("POST", f"{self._path}{query}", body)


def _deployment(item: wire.DeploymentItem) -> Deployment:
    return Deployment(id=item.id, created_on=item.created_on.isoformat(), versions=_shares(item))


def _event(item: wire.DeploymentItem) -> DeploymentEvent:
    annotations = item.annotations or {}
    return DeploymentEvent(
        id=item.id,
        created_on=item.created_on,
        versions=_shares(item),
        source=item.source,
        author=item.author_email,
        message=annotations.get("workers/message") or None,
        triggered_by=annotations.get("workers/triggered_by"),
    )


def _shares(item: wire.DeploymentItem) -> tuple[TrafficShare, ...]:
    return tuple(TrafficShare(**share.model_dump()) for share in item.versions)
