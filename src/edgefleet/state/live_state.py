"""Reads what runs: the live version itself, its modules, and all that belongs to the script."""

from hashlib import sha256

from edgefleet.cloudflare.account import Account
from edgefleet.cloudflare.envelope import ApiError
from edgefleet.cloudflare.models import LiveState
from edgefleet.cloudflare.script import schemas as wire
from edgefleet.cloudflare.script.client import WorkerScript
from edgefleet.cloudflare.worker.bundle_form import modules_of
from edgefleet.core.model import Json
from edgefleet.http.multipart import read_form
from edgefleet.state import normalize as defaults
from edgefleet.state.asset_facts import live_asset_facts
from edgefleet.state.flat_state import (
    binding_facts,
    export_facts,
    runtime_facts,
    setting_facts,
    traffic_fact,
)
from edgefleet.state.models import FlatState
from edgefleet.state.own_tag import live_assets

SERVICE_WORKER = ("application/javascript", "text/javascript")
"""Of content that is one script without modules; the dashboard can still make such a Worker."""


class Observer:
    """Reads one account; writes nothing."""

    def __init__(self, account: Account) -> None:
        self._account = account

    def facts(self, script: str, live: LiveState) -> FlatState:
        """Return the live state of a script; `live` was observed just now.

        With a split in force the version with the largest share counts.
        """
        if live.deployment is None:
            return {}
        version_id = live.deployment.main_version
        client = self._account.script(script)
        version = client.versions.whole(version_id)
        found = version.resources
        modules = _modules(client, version_id, live)
        # Of a version that is not the newest, no answer tells its place and its cache.
        newest = client.newest_settings() if version.number == live.newest else None
        return {
            **modules,
            **_assets(client, version_id, live),
            **binding_facts(found.bindings, script),
            **runtime_facts(
                compatibility_date=found.script_runtime.compatibility_date,
                compatibility_flags=found.script_runtime.compatibility_flags,
                limits=found.script_runtime.limits,
                placement=live_placement(found.script.placement_mode, newest),
                cache=newest.cache_options if newest else defaults.UNTOLD,
                migration_tag=live.migration_tag,
            ),
            **export_facts(found.script_runtime.exports),
            **setting_facts(live.settings),
            "traffic": traffic_fact(live.deployment.versions),
        }


def _modules(script: WorkerScript, version_id: str, live: LiveState) -> FlatState:
    """Digest the deployed content itself, whatever annotations say about it.

    A version of assets alone has none.
    """
    if not live.has_modules and version_id == live.newest_version:
        return {}
    content = script.content(version_id)
    kind = content.headers.get("Content-Type", "")
    if kind.partition(";")[0] in SERVICE_WORKER:
        return {"service_worker": sha256(content.body).hexdigest()}
    modules = modules_of(read_form(content.body, kind.encode()))
    if not modules and live_assets(live):
        return {}
    main = content.headers.get("cf-entrypoint")
    if not modules or main is None:
        raise ApiError(f"GET {content.path}: no modules in the answer")
    return {**{f"modules.{one.name}": one.digest for one in modules}, "main_module": main}


def _assets(script: WorkerScript, version_id: str, live: LiveState) -> FlatState:
    """Return what is known of the assets: Cloudflare tells settings, the tag which files."""
    digest = live_assets(live)
    if digest == "" or (digest is None and not live.has_assets):
        return {}
    return live_asset_facts(digest, script.asset_settings(version_id))


def live_placement(mode: str | None, newest: wire.NewestSettings | None) -> dict[str, Json] | None:
    """Return where a version runs; Cloudflare tells the place of the newest version alone."""
    if mode is None:
        return None
    return newest.placement if newest and mode != "smart" else {"mode": mode}
