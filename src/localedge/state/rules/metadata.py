"""The `metadata` of an upload: settings of the version, and settings of the script."""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime

from localedge.model import Json, Module
from localedge.state.rules.limits import SOURCE_MAP
from localedge.wire.errors import BadBody
from localedge.wire.script_errors import ScriptRejected

OLDEST_DATE = "2021-11-02"
"""The compatibility date of an upload that names none."""
VERSIONED = ("limits", "placement", "usage_model", "cache_options", "exports")
UNVERSIONED = ("logpush", "observability", "tags", "tail_consumers", "streaming_tail_consumers")
UNSUPPORTED = {
    "capnp_schema": "Cap'n Proto schemas",
}
LONGEST_MESSAGE = 1000
LONGEST_TAG = 100


def main_module(metadata: Mapping[str, Json]) -> str:
    """Return the name of the module that starts, "" where an upload is of assets alone.

    Raises `BadBody` where any other upload names none.
    """
    name: str = metadata.get("main_module") or metadata.get("body_part") or ""
    if not (name or metadata.get("assets") or metadata.get("keep_assets")):
        raise BadBody("metadata must name the main_module.")
    return name


def refuse_unsupported(metadata: Mapping[str, Json]) -> None:
    """Say which feature of an upload this server does not have."""
    for key, what in UNSUPPORTED.items():
        if metadata.get(key):
            raise ScriptRejected(f"localedge does not support {what} (metadata.{key}).")


def compatibility_date(metadata: Mapping[str, Json]) -> str:
    """Return the compatibility date; it must be a date, and not in the future."""
    text = metadata.get("compatibility_date") or OLDEST_DATE
    try:
        day = date.fromisoformat(text)
    except ValueError as broken:
        raise ScriptRejected(f"Invalid compatibility date: {text}") from broken
    if day > datetime.now(UTC).date():
        raise ScriptRejected(f"Can't set compatibility date in the future: {text}")
    return day.isoformat()


def compatibility_flags(metadata: Mapping[str, Json]) -> tuple[str, ...]:
    """Return the compatibility flags."""
    return tuple(metadata.get("compatibility_flags") or [])


def annotations(given: Mapping[str, Json] | None, **server: str) -> dict[str, str]:
    """Return the annotations that are kept, cut to their lengths, with the server's own ones."""
    texts = {
        key.replace("workers_", "workers/", 1): value
        for key, value in (given or {}).items()
        if isinstance(value, str)
    }
    for key, length in (("workers/message", LONGEST_MESSAGE), ("workers/tag", LONGEST_TAG)):
        if key in texts:
            texts[key] = texts[key].encode()[:length].decode(errors="ignore")
    return {**texts, **{f"workers/{key}": value for key, value in server.items()}}


def script_settings(known: Mapping[str, Json], given: Mapping[str, Json]) -> dict[str, Json]:
    """Return the settings that no version carries, changed by what a request gives."""
    changed = {key: given[key] for key in UNVERSIONED if key in given}
    if changed.get("observability"):
        changed["observability"] = _observability(changed["observability"])
    return {**known, **changed}


def log_sample_rate(settings: Mapping[str, Json]) -> float:
    """Return the share of a script's invocations that Workers Logs keep, from 0 to 1.

    https://developers.cloudflare.com/workers/observability/logs/workers-logs/#head-based-sampling
    """
    observability = settings.get("observability") or {}
    logs = observability.get("logs") or {}
    if not observability.get("enabled") or logs.get("enabled") is False:
        return 0
    # Where one is not set, it is stored as 1.
    rates = [logs.get("head_sampling_rate"), observability.get("head_sampling_rate")]
    return max(min([it for it in rates if isinstance(it, int | float)], default=1), 0)


def version_settings(given: Mapping[str, Json]) -> dict[str, Json]:
    """Return the settings that each version carries, empty ones left out."""
    return {key: given[key] for key in VERSIONED if given.get(key)}


def etag(modules: Sequence[Module]) -> str:
    """Return a digest of names, types and contents; source maps and bindings do not count."""
    digest = hashlib.sha256()
    for module in sorted(modules, key=lambda item: item.name):
        if module.content_type != SOURCE_MAP:
            for part in (module.name.encode(), module.content_type.encode(), module.content):
                digest.update(len(part).to_bytes(8, "big") + part)
    return digest.hexdigest()


def _observability(given: Mapping[str, Json]) -> Json:
    if not given.get("enabled"):
        return {"enabled": False, **given}
    logs = {"enabled": True, "head_sampling_rate": 1, "invocation_logs": True, "persist": True}
    traces = {"enabled": False, "head_sampling_rate": 1, "persist": True}
    return {
        "head_sampling_rate": 1,
        **given,
        "logs": {**logs, **(given.get("logs") or {})},
        "traces": {**traces, **(given.get("traces") or {})},
    }
