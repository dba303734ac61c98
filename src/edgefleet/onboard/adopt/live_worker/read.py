"""Read a live Worker: all that a wrangler file can say of it, and its code."""

from typing import Any, NamedTuple

from edgefleet.cloudflare.account import Account
from edgefleet.cloudflare.envelope import ApiError
from edgefleet.cloudflare.models import LiveState
from edgefleet.cloudflare.script.client import WorkerScript
from edgefleet.cloudflare.settings import BESIDE
from edgefleet.cloudflare.worker.bundle import Bundle
from edgefleet.core.model import Json
from edgefleet.onboard.adopt.live_worker.code import code_of
from edgefleet.onboard.adopt.live_worker.refusals import refuse, refuse_containers, refuse_draft
from edgefleet.onboard.adopt.models import LiveWorker, Unwritten
from edgefleet.state.live_state import live_placement
from edgefleet.state.normalize import SOMEWHERE
from edgefleet.state.own_tag import live_assets


class ReadWorker(NamedTuple):
    """A live Worker and its code; None for code that no bundle can hold."""

    worker: LiveWorker
    code: Bundle | None


def read_worker(account: Account, script: str) -> ReadWorker:
    """Read a script of an account. Raises `ConfigError` for one that cannot be adopted.

    Raises `ApiError` where Cloudflare does not answer, or the token may not read.
    """
    live = account.observe(script)
    refuse(account, script, live)
    # Without a migration there is no class.
    classes = account.object_classes(script) if live.migration_tag else ()
    refuse_containers(account, script, classes)
    client = account.script(script)
    assert live.deployment is not None  # noqa: S101 - refused above
    version_id = live.deployment.main_version
    code, why = _code(client, version_id, live)
    if code is not None:
        refuse_draft(script, code)
    unseen = [Unwritten(what="code", why=why)] if why else []
    beside = {part: _beside(account, script, part, unseen) for part in sorted(BESIDE)}
    read = {part: found for part, found in beside.items() if found is not None}
    has_assets = bool(live_assets(live)) or live.has_assets
    worker = LiveWorker(
        script=script,
        account_id=account.id,
        version_id=version_id,
        **_version(client, version_id, live),
        migration_tag=live.migration_tag,
        classes={one.class_name: one.use_sqlite for one in classes if one.class_name},
        has_assets=has_assets,
        assets=client.asset_settings(version_id) if has_assets else None,
        settings=live.settings.model_copy(update=read),
        unreadable=frozenset(beside) - frozenset(read),
        unseen=tuple(unseen),
    )
    return ReadWorker(worker, code)


def _version(client: WorkerScript, version_id: str, live: LiveState) -> dict[str, Any]:
    """Return the fields of a `LiveWorker` that belong to its version."""
    version = client.versions.whole(version_id)
    found, runtime = version.resources, version.resources.script_runtime
    if not all(isinstance(one.get(key), str) for one in found.bindings for key in ("type", "name")):
        raise ApiError(f"version {version_id} of {client.name}: a binding without type or name")
    newest = client.newest_settings() if version.number == live.newest else None
    placement = live_placement(found.script.placement_mode, newest)
    untold = {"cache": newest is None, "placement": placement == SOMEWHERE}
    return {
        "bindings": tuple(found.bindings),
        "compatibility_date": runtime.compatibility_date,
        "compatibility_flags": tuple(runtime.compatibility_flags or ()),
        "limits": runtime.limits,
        "placement": placement,
        "cache": newest.cache_options if newest else None,
        "untold": frozenset(key for key, it in untold.items() if it),
        "exports": runtime.exports,
    }


def _beside(
    account: Account, script: str, part: str, unseen: list[Unwritten]
) -> tuple[dict[str, Json], ...] | None:
    """Read consumers or workflows; None, and said, where the token may not look."""
    client = account.queue_consumers if part == "consumers" else account.workflows
    try:
        return client.of(script)
    except ApiError as error:
        if not error.forbidden:
            raise
        why = f"the token may not read {part}" + (f": {error.hint}" if error.hint else "")
        what = "queues.consumers" if part == "consumers" else part
        unseen.append(Unwritten(what=what, why=why))
        return None


def _code(client: WorkerScript, version_id: str, live: LiveState) -> tuple[Bundle | None, str]:
    """Return the live modules, or why no bundle can hold the code."""
    builder = f"Cloudflare, version {version_id} of {client.name}"
    if not live.has_modules and version_id == live.newest_version:
        return Bundle(main_module=None, modules=(), builder=builder), ""
    return code_of(client.content(version_id), builder)
