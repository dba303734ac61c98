"""The version that an upload makes: its bindings resolved, its modules and secrets stored."""

from dataclasses import dataclass

from localedge.model import Code, Inspection, Json, Module, ScriptRef
from localedge.operations.assets import assets_of_upload, refuse_missing_assets
from localedge.operations.exports import declares_classes
from localedge.operations.references import check_tail_consumers, resolve_references
from localedge.state.rules import bindings as binding_rules
from localedge.state.rules import metadata
from localedge.state.rules.migrations import MigrationResult, check_exports
from localedge.state.scripts.records import Script, StoredModule, Version, new_id
from localedge.state.scripts.secrets import SECRET_TYPES
from localedge.state.server import ServerState
from localedge.state.timestamps import now


@dataclass(frozen=True, slots=True)
class InspectedUpload:
    """An upload that workerd has loaded; `inspection` is None without a runtime.

    An upload of assets alone has no modules, and nothing to load.
    """

    metadata: dict[str, Json]
    modules: tuple[Module, ...]
    code: Code
    inspection: Inspection | None


def build_version(
    state: ServerState,
    script: Script,
    tried: InspectedUpload,
    migrated: MigrationResult,
    source: str,
    *,
    strict: bool,
    by: str,
) -> Version:
    """Return the version that an upload makes, not yet stored; its modules are.

    `migrated` are the script's classes after it, `by` is what triggered it. Raises what Cloudflare
    refuses in bindings, assets and exports.
    """
    check_tail_consumers(state, script.ref, tried.metadata)
    latest = state.scripts.latest(script.ref)
    exports = tried.inspection.exports if tried.inspection else {}
    if tried.inspection and not declares_classes(tried.metadata.get("exports")):
        check_exports(migrated.classes, state.scripts.classes(script.ref), set(exports))
    has_worker = bool(tried.code.main_module)
    assets = assets_of_upload(state, script.ref, tried.metadata, latest, has_worker=has_worker)
    bindings = _bindings(state, script.ref, tried.metadata, latest, migrated, strict=strict)
    refuse_missing_assets(bindings, assets, has_worker=has_worker)
    return Version(
        id=new_id(),
        number=latest.number + 1 if latest else 1,
        created_on=now(),
        source=source,
        annotations=metadata.annotations(tried.metadata.get("annotations"), triggered_by=by),
        main_module=tried.code.main_module,
        modules=tuple(
            StoredModule(item.name, item.content_type, state.blobs.put(item.content))
            for item in tried.modules
        ),
        etag=metadata.etag(tried.modules),
        compatibility_date=tried.code.compatibility_date,
        compatibility_flags=tried.code.compatibility_flags,
        bindings=bindings,
        handlers=exports.get("default", ()),
        named_handlers={key: tuple(exports[key]) for key in exports if key != "default"},
        runtime=metadata.version_settings(tried.metadata),
        migration_tag=migrated.tag,
        assets=assets,
    )


def _bindings(
    state: ServerState,
    ref: ScriptRef,
    described: dict[str, Json],
    latest: Version | None,
    migrated: MigrationResult,
    *,
    strict: bool,
) -> tuple[dict[str, Json], ...]:
    keep = described.get("keep_bindings")
    resolved = binding_rules.resolve_bindings(
        described.get("bindings") or [],
        latest.bindings if latest else (),
        keep=SECRET_TYPES if keep is None else keep,
        strict=strict,
    )
    binding_rules.check_values(resolved)
    connected = resolve_references(state, ref, resolved, migrated.classes)
    return tuple(state.secrets.seal(ref, binding) for binding in connected)
