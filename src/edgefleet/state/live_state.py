"""Reads what runs: the live version itself, its modules, and all that belongs to the script."""

from hashlib import sha256

from edgefleet.cloudflare.account import Account
from edgefleet.cloudflare.envelope import ApiError
from edgefleet.cloudflare.models import LiveState
from edgefleet.cloudflare.script import schemas as wire
from edgefleet.cloudflare.script.client import WorkerScript
from edgefleet.cloudflare.script.versions import SentVersion
from edgefleet.cloudflare.worker.bundle import SOURCE_MAP
from edgefleet.cloudflare.worker.bundle_form import modules_of
from edgefleet.core.model import Json
from edgefleet.http.multipart import read_form
from edgefleet.state import normalize as defaults
from edgefleet.state.asset_facts import live_asset_facts
from edgefleet.state.flat_state import (
    BELOW_SECRETS,
    binding_facts,
    export_facts,
    runtime_facts,
    setting_facts,
    traffic_fact,
)
from edgefleet.state.models import FlatState
from edgefleet.state.own_tag import live_assets
from edgefleet.state.seen.models import VersionFacts
from edgefleet.state.seen.store import SeenVersions

SERVICE_WORKER = ("application/javascript", "text/javascript")
"""Of content that is one script without modules; the dashboard can still make such a Worker."""


class Observer:
    """Reads one account; writes nothing to it. `seen` has the versions of earlier looks.

    With `sent` a version counts as seen that this machine uploaded and that no look has read back.
    """

    def __init__(
        self, account: Account, seen: SeenVersions | None = None, *, sent: bool = False
    ) -> None:
        self._account = account
        self._seen = seen
        self._sent = sent

    def facts(self, script: str, live: LiveState, desired: FlatState | None = None) -> FlatState:
        """Return the live state of a script; `live` was observed just now.

        With a split in force the version with the largest share counts. `desired` is what it is
        compared with: a value in it that the version has as well need not be asked for.
        """
        if live.deployment is None:
            return {}
        wanted = desired or {}
        found = self._version(script, live.deployment.main_version, live, wanted)
        newest = self._newest(script, found, live, wanted)
        return {
            **found.modules,
            **_assets(live, found.assets),
            **found.bindings,
            **runtime_facts(
                compatibility_date=found.compatibility_date,
                compatibility_flags=found.compatibility_flags,
                limits=found.limits,
                placement=live_placement(found.placement_mode, newest),
                cache=newest.cache_options if newest else defaults.UNTOLD,
                migration_tag=live.migration_tag,
            ),
            **export_facts(found.exports),
            **setting_facts(live.settings),
            "traffic": traffic_fact(live.deployment.versions),
        }

    def _version(
        self, script: str, version_id: str, live: LiveState, desired: FlatState
    ) -> VersionFacts:
        """Return what never changes of a version: from an earlier look, or else of Cloudflare."""
        key = (self._account.id, script, version_id)
        seen = self._seen.find(*key) if self._seen else None
        if seen and seen.sent and not (self._sent and _has_secrets(seen.facts, desired)):
            seen = None
        known = seen.resolved(desired) if seen else None
        if known and (known.assets is not None or not _has_assets(live)):
            return known
        client = self._account.script(script)
        version = client.versions.whole(version_id)
        modules = seen.facts.modules if seen else _modules(client, version_id, live)
        assets = client.asset_settings(version_id) if _has_assets(live) else None
        found = _facts(script, version, modules, assets)
        if self._seen and (seen is None or seen.facts.assets != found.assets):
            self._seen.keep(*key, found)
        return found

    def _newest(
        self, script: str, found: VersionFacts, live: LiveState, desired: FlatState
    ) -> wire.NewestSettings | None:
        """Return where a version runs, and its cache; no answer tells it of one that is not newest.

        The list of scripts tells both. What it leaves out is not set, unless the files or the
        version say that it is.
        """
        if found.number != live.newest:
            return None
        told = wire.NewestSettings(placement=live.placement, cache_options=live.cache)
        placed = found.placement_mode is not None or "placement" in desired
        untold = (placed and not told.placement) or ("cache" in desired and not told.cache_options)
        return self._account.script(script).newest_settings() if untold else told


def keep_sent(seen: SeenVersions, account: str, script: str, sent: SentVersion) -> None:
    """Keep a version that was uploaded just now, until a look reads it back."""
    modules: FlatState = {
        f"modules.{one.name}": one.digest for one in sent.modules if one.content_type != SOURCE_MAP
    }
    if main := sent.metadata.get("main_module"):
        modules["main_module"] = main
    seen.keep(account, script, sent.id, _facts(script, sent.told, modules, None), sent=True)


def _facts(
    script: str, version: wire.VersionSchema, modules: FlatState, assets: dict[str, Json] | None
) -> VersionFacts:
    runtime = version.resources.script_runtime
    return VersionFacts(
        number=version.number,
        modules=modules,
        bindings=binding_facts(version.resources.bindings, script),
        compatibility_date=runtime.compatibility_date,
        compatibility_flags=tuple(runtime.compatibility_flags or ()),
        limits=runtime.limits,
        placement_mode=version.resources.script.placement_mode,
        exports=runtime.exports or {},
        assets=assets,
    )


def _has_secrets(found: VersionFacts, desired: FlatState) -> bool:
    """Whether all secrets are there that the files want; an upload's answer may not have all."""
    wanted = (path for path in desired if path.startswith(BELOW_SECRETS))
    return all(path in found.bindings for path in wanted)


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


def _has_assets(live: LiveState) -> bool:
    digest = live_assets(live)
    return live.has_assets if digest is None else digest != ""


def _assets(live: LiveState, settings: dict[str, Json] | None) -> FlatState:
    """Return what is known of the assets: Cloudflare tells settings, the tag which files."""
    return live_asset_facts(live_assets(live), settings) if _has_assets(live) else {}


def live_placement(mode: str | None, newest: wire.NewestSettings | None) -> dict[str, Json] | None:
    """Return where a version runs; Cloudflare tells the place of the newest version alone."""
    if mode is None:
        return None
    return newest.placement if newest and mode != "smart" else {"mode": mode}
