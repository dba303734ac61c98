"""AI gateways: their settings are kept, so that what was configured can be read back."""

import json
import re
from collections.abc import Mapping

from localedge.model import Json
from localedge.state.database import Database
from localedge.state.json_values import as_text
from localedge.state.timestamps import now
from localedge.wire.ai_errors import AiGatewayBadSettings, AiGatewayExists, AiGatewayNotFound

SCHEMA = """
CREATE TABLE IF NOT EXISTS ai_gateways (
    account_id TEXT NOT NULL,
    id TEXT NOT NULL,
    settings TEXT NOT NULL,
    PRIMARY KEY (account_id, id)
);
"""
ID = re.compile(r"[a-z0-9_-]{1,64}")
REQUIRED = (
    "cache_invalidate_on_update cache_ttl collect_logs rate_limiting_interval rate_limiting_limit"
).split()
"""What a request must name, perhaps as null, besides the id
(https://developers.cloudflare.com/api/resources/ai_gateway/methods/create/)."""
DEFAULTS: Mapping[str, Json] = {
    "rate_limiting_technique": "fixed",
    "authentication": False,
    "is_default": False,
}


class AiGatewayStore:
    """Every gateway of every account. Runs through a gateway are logged, and nothing more."""

    def __init__(self, database: Database) -> None:
        self._database = database
        database.create(SCHEMA)

    def gateways(self, account_id: str) -> list[dict[str, Json]]:
        """Return the settings of the account's gateways by id."""
        rows = self._database.all(
            "SELECT settings FROM ai_gateways WHERE account_id = ? ORDER BY id", (account_id,)
        )
        return [json.loads(row["settings"]) for row in rows]

    def gateway(self, account_id: str, gateway_id: str) -> dict[str, Json]:
        """Return one gateway's settings; raise `AiGatewayNotFound` where there is none."""
        row = self._database.one(
            "SELECT settings FROM ai_gateways WHERE account_id = ? AND id = ?",
            (account_id, gateway_id),
        )
        if row is None:
            raise AiGatewayNotFound
        settings: dict[str, Json] = json.loads(row["settings"])
        return settings

    def create(self, account_id: str, settings: Mapping[str, Json]) -> dict[str, Json]:
        """Make a gateway of settings that hold its `id`."""
        gateway_id = str(settings.get("id"))
        if not ID.fullmatch(gateway_id):
            raise AiGatewayBadSettings(f"Not a gateway id: {gateway_id!r}")
        if lacking := [name for name in REQUIRED if name not in settings]:
            raise AiGatewayBadSettings(f"Required: {', '.join(lacking)}")
        if any(gateway["id"] == gateway_id for gateway in self.gateways(account_id)):
            raise AiGatewayExists
        return self._keep(account_id, {**DEFAULTS, "created_at": now(), **settings})

    def update(
        self, account_id: str, gateway_id: str, settings: Mapping[str, Json]
    ) -> dict[str, Json]:
        """Change a gateway's settings, all but its id."""
        known = self.gateway(account_id, gateway_id)
        return self._keep(account_id, {**known, **settings, "id": gateway_id})

    def delete(self, account_id: str, gateway_id: str) -> None:
        """Drop a gateway."""
        self.gateway(account_id, gateway_id)
        self._database.run(
            "DELETE FROM ai_gateways WHERE account_id = ? AND id = ?", (account_id, gateway_id)
        )

    def clear(self) -> None:
        """Forget every gateway of every account."""
        self._database.run("DELETE FROM ai_gateways")

    def _keep(self, account_id: str, settings: Mapping[str, Json]) -> dict[str, Json]:
        kept = {**settings, "modified_at": now()}
        try:
            text = as_text(kept)
        except ValueError:
            raise AiGatewayBadSettings("A setting is no text or number of JSON's") from None
        self._database.run(
            "INSERT OR REPLACE INTO ai_gateways VALUES (?, ?, ?)", (account_id, kept["id"], text)
        )
        return kept
