"""Triggers of a script besides workers.dev: Cron Triggers, routes, custom domains."""

import json
import uuid
from dataclasses import dataclass

from localedge.model import ScriptRef
from localedge.state.database import Database
from localedge.state.rules.cron import check_cron
from localedge.state.timestamps import now
from localedge.state.zones import Zone
from localedge.wire.script_errors import RouteTaken, TooManyCrons

SCHEMA = """
CREATE TABLE IF NOT EXISTS schedules (
    account_id TEXT NOT NULL, script TEXT NOT NULL, cron TEXT NOT NULL,
    created_on TEXT NOT NULL, modified_on TEXT NOT NULL,
    PRIMARY KEY (account_id, script, cron),
    FOREIGN KEY (account_id, script) REFERENCES scripts ON DELETE CASCADE
);
CREATE TABLE IF NOT EXISTS routes (
    id TEXT PRIMARY KEY, zone_id TEXT NOT NULL, pattern TEXT NOT NULL,
    account_id TEXT NOT NULL, script TEXT,
    UNIQUE (zone_id, pattern),
    FOREIGN KEY (account_id, script) REFERENCES scripts ON DELETE CASCADE
);
CREATE TABLE IF NOT EXISTS domains (
    id TEXT PRIMARY KEY, hostname TEXT NOT NULL, zone_id TEXT NOT NULL, zone_name TEXT NOT NULL,
    account_id TEXT NOT NULL, script TEXT NOT NULL,
    UNIQUE (account_id, hostname),
    FOREIGN KEY (account_id, script) REFERENCES scripts ON DELETE CASCADE
);
"""
MOST_CRONS = 250
"""Cron schedules of all scripts of one account (paid plan)."""


@dataclass(frozen=True, slots=True)
class Schedule:
    """A cron expression that starts a script's scheduled handler."""

    cron: str
    created_on: str
    modified_on: str


@dataclass(frozen=True, slots=True)
class ZoneRoute:
    """A pattern of a zone; without a script it keeps Workers away."""

    id: str
    zone_id: str
    pattern: str
    account_id: str
    script: str | None


@dataclass(frozen=True, slots=True)
class Domain:
    """A hostname that belongs to a script."""

    id: str
    hostname: str
    zone_id: str
    zone_name: str
    account_id: str
    script: str


def parent_names(host: str) -> list[str]:
    """Return a host name and the domain names that it lies in."""
    labels = host.split(".")
    return [".".join(labels[start:]) for start in range(len(labels))]


class TriggerStore:
    """Keeps schedules, routes and domains; they go when their script goes."""

    def __init__(self, database: Database) -> None:
        self._database = database
        database.create(SCHEMA)

    # -- schedules

    def schedules(self, ref: ScriptRef) -> list[Schedule]:
        """Return the schedules of a script in the order they were given."""
        rows = self._database.all(
            "SELECT cron, created_on, modified_on FROM schedules"
            " WHERE account_id = ? AND script = ? ORDER BY rowid",
            (ref.account_id, ref.name),
        )
        return [Schedule(**row) for row in rows]

    def all_schedules(self) -> list[tuple[ScriptRef, Schedule]]:
        """Return the schedules of every script."""
        rows = self._database.all("SELECT * FROM schedules ORDER BY rowid")
        return [
            (
                ScriptRef(row["account_id"], row["script"]),
                Schedule(row["cron"], row["created_on"], row["modified_on"]),
            )
            for row in rows
        ]

    def set_schedules(self, ref: ScriptRef, crons: list[str]) -> None:
        """Replace the schedules of a script; raises `InvalidCron` or `TooManyCrons`."""
        for cron in crons:
            check_cron(cron)
        born = {item.cron: item.created_on for item in self.schedules(ref)}
        with self._database.transaction():
            self._database.run(
                "DELETE FROM schedules WHERE account_id = ? AND script = ?",
                (ref.account_id, ref.name),
            )
            for cron in dict.fromkeys(crons):
                self._database.run(
                    "INSERT INTO schedules VALUES (?, ?, ?, ?, ?)",
                    (ref.account_id, ref.name, cron, born.get(cron, now()), now()),
                )
            self._check_crons(ref.account_id)

    def _check_crons(self, account_id: str) -> None:
        found = self._database.all("SELECT 1 FROM schedules WHERE account_id = ?", (account_id,))
        if len(found) > MOST_CRONS:
            raise TooManyCrons(f"An account may have {MOST_CRONS} cron triggers, no more.")

    # -- routes

    def routes_of_zone(self, zone_id: str) -> list[ZoneRoute]:
        """Return the routes of a zone."""
        rows = self._database.all(
            "SELECT * FROM routes WHERE zone_id = ? ORDER BY pattern", (zone_id,)
        )
        return [ZoneRoute(**row) for row in rows]

    def routes_of(self, ref: ScriptRef) -> list[ZoneRoute]:
        """Return the routes to a script."""
        rows = self._database.all(
            "SELECT * FROM routes WHERE account_id = ? AND script = ? ORDER BY pattern",
            (ref.account_id, ref.name),
        )
        return [ZoneRoute(**row) for row in rows]

    def routes_for(self, host: str) -> list[ZoneRoute]:
        """Return the routes of the zones that a host lies in, in all accounts."""
        rows = self._database.all(
            "SELECT routes.* FROM routes JOIN zones ON zones.id = routes.zone_id"
            " WHERE zones.name IN (SELECT value FROM json_each(?)) ORDER BY routes.rowid",
            (json.dumps(parent_names(host)),),
        )
        return [ZoneRoute(**row) for row in rows]

    def route(self, zone_id: str, route_id: str) -> ZoneRoute | None:
        """Return one route of a zone."""
        row = self._database.one(
            "SELECT * FROM routes WHERE zone_id = ? AND id = ?", (zone_id, route_id)
        )
        return ZoneRoute(**row) if row else None

    def set_route(
        self, zone: Zone, pattern: str, script: str | None, route_id: str = ""
    ) -> ZoneRoute:
        """Make a route, or change the one of this id; raises `RouteTaken`."""
        same = self._database.one(
            "SELECT id, script FROM routes WHERE zone_id = ? AND pattern = ?", (zone.id, pattern)
        )
        if same and same["id"] != route_id:
            raise RouteTaken(
                f"The route {pattern} belongs to the Worker {same['script'] or '(none)'} already."
            )
        route = ZoneRoute(route_id or uuid.uuid4().hex, zone.id, pattern, zone.account_id, script)
        self._database.run(
            "INSERT INTO routes VALUES (?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE"
            " SET pattern = excluded.pattern, script = excluded.script",
            (route.id, route.zone_id, route.pattern, route.account_id, route.script),
        )
        return route

    def remove_route(self, route_id: str) -> None:
        """Delete a route."""
        self._database.run("DELETE FROM routes WHERE id = ?", (route_id,))

    def replace_routes(self, ref: ScriptRef, wanted: list[tuple[Zone, str]]) -> list[ZoneRoute]:
        """Give a script exactly these routes; raises `RouteTaken`, and then changes nothing."""
        with self._database.transaction():
            for route in self.routes_of(ref):
                self.remove_route(route.id)
            return [self.set_route(zone, pattern, ref.name) for zone, pattern in wanted]

    # -- custom domains

    def domains(self, account_id: str) -> list[Domain]:
        """Return the custom domains of an account."""
        rows = self._database.all(
            "SELECT * FROM domains WHERE account_id = ? ORDER BY hostname", (account_id,)
        )
        return [Domain(**row) for row in rows]

    def domain(self, hostname: str) -> Domain | None:
        """Return the custom domain of this name; that of the first account that has it."""
        row = self._database.one(
            "SELECT * FROM domains WHERE hostname = ? ORDER BY rowid", (hostname,)
        )
        return Domain(**row) if row else None

    def set_domain(self, zone: Zone, hostname: str, script: str) -> Domain:
        """Assign a hostname to a script, and take it from the previous one."""
        same = next(
            (item.id for item in self.domains(zone.account_id) if item.hostname == hostname), None
        )
        domain = Domain(
            same or uuid.uuid4().hex, hostname, zone.id, zone.name, zone.account_id, script
        )
        self._database.run(
            "INSERT OR REPLACE INTO domains VALUES (?, ?, ?, ?, ?, ?)",
            (domain.id, hostname, zone.id, zone.name, zone.account_id, script),
        )
        return domain

    def remove_domain(self, domain_id: str) -> None:
        """Take a hostname from its script."""
        self._database.run("DELETE FROM domains WHERE id = ?", (domain_id,))

    def clear(self) -> None:
        """Forget everything."""
        for table in ("schedules", "routes", "domains"):
            self._database.run(f"DELETE FROM {table}")  # noqa: S608 - names of our own
