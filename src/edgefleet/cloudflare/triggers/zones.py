"""Routes zone by zone: as a token may write them that does not open all zones of an account.

https://developers.cloudflare.com/api/resources/workers/subresources/routes/
"""

from collections.abc import Iterable, Mapping, Sequence

from edgefleet.cloudflare import schemas as wire
from edgefleet.cloudflare.client import Cloudflare, segment
from edgefleet.cloudflare.envelope import ApiError
from edgefleet.cloudflare.triggers.hosts import host_of, pattern
from edgefleet.core.model import Json

RouteDict = Mapping[str, Json]
"""A route with `pattern`, and maybe `zone_id` or `zone_name`."""


class Zones:
    """The zones of one account, as far as the token opens them."""

    def __init__(self, api: Cloudflare, account_id: str) -> None:
        self._api = api
        self._account_id = account_id

    def owners(self, routes: Iterable[RouteDict]) -> dict[str, str]:
        """Return which script has each of these routes now; those of unknown zones are left out.

        Raises `ApiError` where a zone is there and its routes may not be read.
        """
        found: dict[str, str] = {}
        for zone_id, wanted in self._by_zone(routes).items():
            for one in self._routes(zone_id) if zone_id else ():
                if one.script and pattern(one.pattern) in wanted:
                    found[pattern(one.pattern)] = one.script
        return found

    def replace(
        self, script: str, wanted: Sequence[RouteDict], current: Sequence[RouteDict]
    ) -> None:
        """Give a script these routes and none of its others in their zones and those of `current`.

        Raises `ApiError` for a zone that the token does not open, and where another script has one.
        """
        zones = self._by_zone([*wanted, *current])
        patterns = {pattern(str(one["pattern"])) for one in wanted}
        if None in zones:
            names = ", ".join(sorted(zones[None]))
            raise ApiError(f"the token opens no zone for {names}", status=403)
        for zone_id, here in zones.items():
            assert zone_id is not None  # noqa: S101 - seen above
            self._replace(script, zone_id, patterns & here)

    def try_write(self, routes: Iterable[RouteDict]) -> None:
        """Find out whether the token may write in the zones of these routes; changes nothing.

        Raises `ApiError` where it may not. A zone that the token does not show cannot be tried.
        """
        for zone_id in sorted(filter(None, self._by_zone(routes))):
            self._api.try_delete(_routes_of(zone_id))

    def _replace(self, script: str, zone_id: str, wanted: set[str]) -> None:
        path = _routes_of(zone_id)
        live = {pattern(one.pattern): one for one in self._routes(zone_id)}
        for name in sorted(wanted):
            owner = live[name].script if name in live else None
            if owner not in (None, script):
                raise ApiError(f"the route {name} belongs to the script {owner}", status=409)
            if name not in live:
                self._api.write("POST", path, {"pattern": name, "script": script})
            elif owner is None:
                body = {"pattern": name, "script": script}
                self._api.write("PUT", f"{path}/{segment(live[name].id)}", body)
        for name, one in live.items():
            if one.script == script and name not in wanted:
                self._api.write("DELETE", f"{path}/{segment(one.id)}")

    def _routes(self, zone_id: str) -> list[wire.ZoneRoute]:
        return self._api.get(_routes_of(zone_id), list[wire.ZoneRoute])

    def _by_zone(self, routes: Iterable[RouteDict]) -> dict[str | None, set[str]]:
        """Return the patterns in each zone; under None those whose zone is not to be found."""
        found: dict[str | None, set[str]] = {}
        for route in routes:
            found.setdefault(self._zone(route), set()).add(pattern(str(route["pattern"])))
        return found

    def _zone(self, route: RouteDict) -> str | None:
        if route.get("zone_id"):
            return str(route["zone_id"])
        labels = str(route.get("zone_name") or host_of(str(route["pattern"]))).split(".")
        names = (".".join(labels[first:]) for first in range(len(labels) - 1))
        return next(filter(None, map(self._named, names)), None)

    def _named(self, name: str) -> str | None:
        path = f"/zones?name={segment(name)}&account.id={segment(self._account_id)}"
        return next((zone.id for zone in self._api.get(path, list[wire.CloudflareId])), None)


def _routes_of(zone_id: str) -> str:
    return f"/zones/{segment(zone_id)}/workers/routes"
