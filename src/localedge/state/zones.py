"""Zones: domain names, each held by one account."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass

from localedge.model import Json
from localedge.state.accounts import Token
from localedge.state.database import Database
from localedge.state.timestamps import now
from localedge.wire.errors import AuthenticationError, RouteNotFound
from localedge.wire.script_errors import InvalidRoute

SCHEMA = """
CREATE TABLE IF NOT EXISTS zones (
    id TEXT PRIMARY KEY, account_id TEXT NOT NULL, name TEXT NOT NULL, created_on TEXT NOT NULL,
    UNIQUE (account_id, name)
);
CREATE TABLE IF NOT EXISTS dns_records (
    id TEXT PRIMARY KEY, zone_id TEXT NOT NULL, type TEXT NOT NULL, name TEXT NOT NULL,
    content TEXT NOT NULL, created_on TEXT NOT NULL
);
"""


@dataclass(frozen=True, slots=True)
class Zone:
    """A domain name that an account holds."""

    id: str
    account_id: str
    name: str
    created_on: str


@dataclass(frozen=True, slots=True)
class DnsRecord:
    """A DNS record that the account made itself; `name` is the whole host name."""

    id: str
    zone_id: str
    type: str
    name: str
    content: str
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

    def authorized(self, zone_id: str, token: Token) -> Zone:
        """Return a zone of an account that the token opens.

        Raises `RouteNotFound` where there is none, `AuthenticationError` where it is another's.
        """
        zone = self.get(zone_id)
        if zone is None:
            raise RouteNotFound
        if zone.account_id not in token.account_ids:
            raise AuthenticationError
        return zone

    def find_for(self, account_id: str, hostname: str, given: Mapping[str, Json]) -> Zone:
        """Return the zone that a route or a domain names, or else the one its hostname lies in.

        Raises `InvalidRoute` where the account has none.
        """
        zones = self.of_account(account_id)
        wanted_id, wanted_name = given.get("zone_id"), given.get("zone_name")
        if wanted_id or wanted_name:
            found = [zone for zone in zones if wanted_id == zone.id or wanted_name == zone.name]
        else:
            found = [zone for zone in zones if _lies_in(hostname, zone)]
        if not found:
            raise InvalidRoute(f"Could not find a zone for `{hostname}` in this account.")
        if not any(_lies_in(hostname, zone) for zone in found):
            raise InvalidRoute(f"`{hostname}` does not lie in the zone `{found[0].name}`.")
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

    # -- DNS records

    def records(self, zone_id: str, name: str | None = None) -> list[DnsRecord]:
        """Return the DNS records of a zone, or those of one host name in it."""
        rows = self._database.all(
            "SELECT * FROM dns_records WHERE zone_id = ? ORDER BY name, rowid", (zone_id,)
        )
        found = [DnsRecord(**row) for row in rows]
        return [item for item in found if name is None or item.name == name.lower()]

    def add_record(self, zone: Zone, kind: str, name: str, content: str) -> DnsRecord:
        """Make a DNS record; a name outside the zone is taken as relative to it."""
        host = zone.name if name == "@" else name.lower()
        if not f".{host}".endswith(f".{zone.name}"):
            host = f"{host}.{zone.name}"
        record = DnsRecord(uuid.uuid4().hex, zone.id, kind, host, content, now())
        self._database.run(
            "INSERT INTO dns_records VALUES (?, ?, ?, ?, ?, ?)",
            (record.id, zone.id, kind, host, content, record.created_on),
        )
        return record

    def remove_record(self, record: DnsRecord) -> None:
        """Delete a DNS record."""
        self._database.run("DELETE FROM dns_records WHERE id = ?", (record.id,))

    def clear(self) -> None:
        """Forget everything."""
        for table in ("zones", "dns_records"):
            self._database.run(f"DELETE FROM {table}")  # noqa: S608 - names of our own


def _lies_in(hostname: str, zone: Zone) -> bool:
    return f".{hostname.lstrip('*.').lower()}".endswith(f".{zone.name}")
