"""A Worker's assets as facts: edgefleet's own digest of them, and how Cloudflare serves them."""

from collections.abc import Mapping

from edgefleet.cloudflare.worker.static_assets import AssetSet, asset_settings, assets_digest
from edgefleet.core.model import Json
from edgefleet.state.models import FlatState

UNKNOWN = "unknown"
"""Stands for what nothing tells of the live version."""

DIGEST, CONFIG = "assets.digest", "assets.config"


def desired_assets(resolved: Mapping[str, Json], found: AssetSet | None) -> FlatState:
    """Return the facts of a target's assets; none where it has none."""
    if found is None:
        return {}
    assets = resolved["assets"]
    return {DIGEST: assets_digest(assets, found), **_settings(assets)}


def live_asset_facts(digest: str | None, config: Mapping[str, Json] | None) -> FlatState:
    """Return the facts of the live version's assets; `config` is None where nothing tells it."""
    settings = {CONFIG: UNKNOWN} if config is None else _settings(config)
    return {DIGEST: digest or UNKNOWN, **settings}


def known_settings(live: FlatState, resolved: Mapping[str, Json]) -> FlatState:
    """Return live facts in which settings that nothing tells are taken for the desired ones.

    They are part of the digest, too.
    """
    if CONFIG not in live:
        return live
    told = {path: value for path, value in live.items() if path != CONFIG}
    return {**told, **_settings(resolved.get("assets") or {})}


def _settings(config: Mapping[str, Json]) -> FlatState:
    return {f"assets.{key}": value for key, value in asset_settings(config).items()}
