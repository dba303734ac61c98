"""What a deploy changes at one script besides its code: traffic, triggers, settings."""

from collections.abc import Sequence

from edgefleet.model.base import Json
from edgefleet.model.live import Share
from edgefleet.ports.cloudflare import Cloudflare, segment


class Script:
    """One script; every method is one write, made once."""

    def __init__(self, api: Cloudflare, account_id: str, name: str) -> None:
        self._api = api
        self._path = f"/accounts/{segment(account_id)}/workers/scripts/{segment(name)}"

    def deploy(self, shares: Sequence[Share], message: str) -> None:
        """Give versions their shares of the traffic."""
        body: dict[str, Json] = {
            "strategy": "percentage",
            "versions": [share.model_dump() for share in shares],
            "annotations": {"workers/message": message},
        }
        self._api.write("POST", f"{self._path}/deployments", body)

    def delete(self) -> None:
        """Remove the script and its Durable Objects."""
        self._api.write("DELETE", f"{self._path}?force=true")

    def set_crons(self, crons: Sequence[str]) -> None:
        """Replace all cron triggers."""
        self._api.write("PUT", f"{self._path}/schedules", [{"cron": cron} for cron in crons])

    def set_switches(self, *, workers_dev: bool, previews: bool) -> None:
        """Switch the script's address on workers.dev, and those of its versions, on or off."""
        body = {"enabled": workers_dev, "previews_enabled": previews}
        self._api.write("POST", f"{self._path}/subdomain", body)

    def set_settings(self, settings: dict[str, Json]) -> None:
        """Set observability, logpush, tail consumers, tags: what belongs to no version."""
        self._api.write("PATCH", f"{self._path}/script-settings", settings)

    def set_routes(self, routes: Sequence[dict[str, Json]]) -> None:
        """Replace all routes, as wrangler does (an endpoint that only wrangler documents)."""
        self._api.write("PUT", f"{self._path}/routes", list(routes))

    def set_domains(self, origins: Sequence[dict[str, Json]]) -> None:
        """Replace all custom domains, as wrangler does without a terminal."""
        body: dict[str, Json] = {
            "override_scope": True,
            "override_existing_origin": True,
            "override_existing_dns_record": True,
            "origins": list(origins),
        }
        self._api.write("PUT", f"{self._path}/domains/records", body)
