"""What a deploy changes at one script besides its code: traffic, triggers, settings."""

from collections.abc import Sequence

from edgefleet.model.base import Json
from edgefleet.model.live import Settings, Share
from edgefleet.ports.cloudflare import Cloudflare, segment


class Script:
    """One script, for writing."""

    def __init__(self, api: Cloudflare, account_id: str, name: str) -> None:
        self._api = api
        self._path = f"/accounts/{segment(account_id)}/workers/scripts/{segment(name)}"

    def deploy(self, shares: Sequence[Share], message: str, *, force: bool = False) -> None:
        """Give versions their shares of the traffic.

        Without `force` Cloudflare refuses an older version with other secrets (10220).
        """
        body: dict[str, Json] = {
            "strategy": "percentage",
            "versions": [share.model_dump() for share in shares],
            "annotations": {"workers/message": message},
        }
        query = "?force=true" if force else ""
        self._api.write("POST", f"{self._path}/deployments{query}", body)

    def delete(self) -> None:
        """Remove the script and its Durable Objects."""
        self._api.write("DELETE", f"{self._path}?force=true")

    def set(self, settings: Settings, now: Settings) -> None:
        """Make all triggers, switches and settings as these; each write may be repeated.

        Routes and custom domains are only written where there are any, or were in `now`: they
        need permissions in their zones, which not every tenant's token has.
        """
        crons = [{"cron": cron} for cron in settings.crons]
        switches = {"enabled": settings.workers_dev, "previews_enabled": settings.previews}
        self._api.write("PUT", f"{self._path}/schedules", crons)
        self._api.write("POST", f"{self._path}/subdomain", switches)
        self._api.write("PATCH", f"{self._path}/script-settings", settings.script)
        if settings.routes or now.routes:
            self._api.write("PUT", f"{self._path}/routes", list(settings.routes))
        if settings.domains or now.domains:
            self._api.write("PUT", f"{self._path}/domains/records", _domains(settings))


def _domains(settings: Settings) -> dict[str, Json]:
    # The endpoint is wrangler's own; without a terminal wrangler overrides as this does.
    return {
        "override_scope": True,
        "override_existing_origin": True,
        "override_existing_dns_record": True,
        "origins": list(settings.domains),
    }
