"""How running Durable Objects change to the code of a new version: at once, or when they sleep.

It goes with a script upload or with the deployment that gives traffic (seen with wrangler 4.164.0).
No answer of Cloudflare tells it, so it is compared with nothing, and changes nothing by itself.
"""

from collections.abc import Mapping

from edgefleet.cloudflare.worker.exports import DURABLE_OBJECT
from edgefleet.core.model import Json

IMMEDIATE, DEFERRED = "immediate", "deferred"
MODES = (IMMEDIATE, DEFERRED)
DELAY_SECONDS = 300
LONGEST_DELAY_SECONDS = 86_400
"""The most that an object may keep its code: by default, and at all."""


def code_update(resolved: Mapping[str, Json]) -> Json:
    """Return the `code_update_strategy` that a configuration names; None where it names none."""
    declared = (resolved.get("durable_objects") or {}).get("code_update_strategy")
    if not declared:
        return None
    if declared["mode"] == IMMEDIATE:
        return {"mode": IMMEDIATE}
    return {"mode": DEFERRED, "max_delay": declared.get("max_delay", DELAY_SECONDS)}


def code_update_of_upload(resolved: Mapping[str, Json]) -> Json:
    """Return that of a script upload; with declared classes wrangler always sends one."""
    declared = (resolved.get("exports") or {}).values()
    classes = any(one.get("type") == DURABLE_OBJECT for one in declared)
    default = {"mode": DEFERRED, "max_delay": DELAY_SECONDS} if classes else None
    return code_update(resolved) or default
