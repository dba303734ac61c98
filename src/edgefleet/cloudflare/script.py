"""What a deploy changes at one script besides its code: traffic, triggers, settings."""

from collections.abc import Collection, Sequence

from edgefleet.cloudflare import schemas as wire
from edgefleet.cloudflare.client import Cloudflare, segment
from edgefleet.cloudflare.envelope import ApiError
from edgefleet.cloudflare.models import ScriptSettings, TrafficShare
from edgefleet.cloudflare.settings import TAKEN_FROM
from edgefleet.cloudflare.triggers.zones import Zones
from edgefleet.core.model import Json


class Script:
    """One script, for writing."""

    def __init__(self, api: Cloudflare, account_id: str, name: str) -> None:
        self._api = api
        self._name = name
        self._zones = Zones(api, account_id)
        self._services = f"/accounts/{segment(account_id)}/workers/services"
        self._path = f"/accounts/{segment(account_id)}/workers/scripts/{segment(name)}"

    def deploy(self, shares: Sequence[TrafficShare], message: str, *, force: bool = False) -> None:
        """Give versions their shares of the traffic.

        Without `force` Cloudflare refuses an older version with other secrets, with
        `error_codes.VERSION_NOT_DEPLOYABLE`.
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

    def set(self, settings: ScriptSettings, parts: Collection[str]) -> None:
        """Make these parts of triggers, switches and settings; each write may be repeated."""
        if "crons" in parts:
            crons = [{"cron": cron} for cron in settings.crons]
            self._api.write("PUT", f"{self._path}/schedules", crons)
        if "workers_dev" in parts or "previews" in parts:
            switches = {"enabled": settings.workers_dev, "previews_enabled": settings.previews}
            self._api.write("POST", f"{self._path}/subdomain", switches)
        if "script" in parts:
            self._api.write("PATCH", f"{self._path}/script-settings", settings.script)
        if "routes" in parts:
            self._routes(settings)
        if "domains" in parts:
            self._api.write("PUT", f"{self._path}/domains/records", _domains(settings))

    def _routes(self, settings: ScriptSettings) -> None:
        """Write all routes at once, or zone by zone where the token opens certain zones only."""
        try:
            self._api.write("PUT", f"{self._path}/routes", list(settings.routes))
        except ApiError as error:
            if not error.forbidden:
                raise
            try:
                self._zones.replace(self._name, settings.routes, self._live_routes())
            except ApiError as each:
                raise ApiError(
                    f"{error.message}; and zone by zone: {each.message}",
                    codes=(*error.codes, *each.codes),
                    status=each.status,
                ) from error

    def _live_routes(self) -> list[dict[str, Json]]:
        name = segment(self._name)
        path = f"{self._services}/{name}/environments/production/routes"
        found = self._api.get(f"{path}?show_zonename=true", list[wire.RouteSchema])
        return [one.model_dump() for one in found]


def _domains(settings: ScriptSettings) -> dict[str, Json]:
    # The endpoint is wrangler's own; without a terminal wrangler takes hosts from other scripts.
    takes = any(TAKEN_FROM in one for one in settings.domains)
    return {
        "override_scope": True,
        "override_existing_origin": takes,
        "override_existing_dns_record": True,
        "origins": [
            {key: value for key, value in one.items() if key != TAKEN_FROM}
            for one in settings.domains
        ],
    }
