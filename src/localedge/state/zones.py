"""Zones: domain names, each held by one account."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass

from localedge.model import Json
from localedge.state.accounts import Token
from localedge.state.database import Database
from localedge.state.records import now
from localedge.wire.errors import AuthenticationError, RouteNotFound
from localedge.wire.script_errors import InvalidRoute

SCHEMA = """
CREATE TABLE IF NOT EXISTS zones (
    id TEXT PRIMARY KEY, account_id TEXT NOT NULL, name TEXT NOT NULL, created_on TEXT NOT NULL,
    UNIQUE (account_id, name)
);
"""


@dataclass(frozen=True, slots=True)
class Zone:
    """A domain name that an account holds."""

    id: str
    account_id: str
    name: str
    created_on: str


class ZoneStore:
    """The zones of all accounts."""

    def __init__(self, database: Database) -> None:
        self._database = database
        database.create(SCHEMA)

    def of_account(self, account_id: str) -> list[Zone]:
        """Return the zones of an account, by name."""
        rows = self._database.all(
            "SELECT * FROM zones WHERE account_id = ? ORDER BY name", (account_id,)
        )
        return [Zone(**row) for row in rows]

    def get(self, zone_id: str) -> Zone | None:
        """Return one zone."""
        row = self._database.one("SELECT * FROM zones WHERE id = ?", (zone_id,))
        return Zone(**row) if row else None

    def opened(self, zone_id: str, token: Token) -> Zone:
        """Return a zone of an account that the token opens.

        Raises `RouteNotFound` where there is none, `AuthenticationError` where it is another's.
        """
        zone = self.get(zone_id)
        if zone is None:
            raise RouteNotFound
        if zone.account_id not in token.account_ids:
            raise AuthenticationError
        return zone

    def holding(self, account_id: str, hostname: str, given: Mapping[str, Json]) -> Zone:
        """Return the zone that a route or a domain names, or else the one its hostname lies in.

        Raises `InvalidRoute` where the account has none.
        """
        zones = self.of_account(account_id)
        wanted_id, wanted_name = given.get("zone_id"), given.get("zone_name")
        if wanted_id or wanted_name:
            found = [zone for zone in zones if wanted_id == zone.id or wanted_name == zone.name]
        else:
            host = hostname.lstrip("*.")
            found = [zone for zone in zones if f".{host}".endswith(f".{zone.name}")]
        if not found:
            raise InvalidRoute(f"Could not find a zone for `{hostname}` in this account.")
        return max(found, key=lambda zone: len(zone.name))

    def add(self, account_id: str, name: str) -> Zone:
        """Make a zone, or return the one that has this name."""
        known = next((zone for zone in self.of_account(account_id) if zone.name == name), None)
        if known:
            return known
        zone = Zone(uuid.uuid4().hex, account_id, name, now())
        self._database.run(
            "INSERT INTO zones VALUES (?, ?, ?, ?)",
            (zone.id, zone.account_id, zone.name, zone.created_on),
        )
        return zone

    def clear(self) -> None:
        """Forget everything."""
        self._database.run("DELETE FROM zones")
