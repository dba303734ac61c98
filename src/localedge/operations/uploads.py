"""Uploads: a script (PUT), or one more version of it (POST versions).

The upload is inspected before the state is read, and everything after that is one transaction: a
rejected upload changes nothing, and can be repeated.
"""

import uuid
from dataclasses import replace

from localedge.model import Code, Inspection, Json, ScriptRef, TrafficShare, UploadRejected
from localedge.operations.exports import (
    check_staged_bindings,
    declares_classes,
    keep_reconciliation,
    reconcile_exports,
)
from localedge.operations.new_version import InspectedUpload, build_version
from localedge.operations.references import check_dispatch_namespace
from localedge.state.exports.models import Reconciliation
from localedge.state.rules import limits, metadata
from localedge.state.rules.json_types import check_metadata
from localedge.state.rules.migrations import MigrationResult, migrate
from localedge.state.scripts.records import Deployment, Script, Version, new_id
from localedge.state.server import ServerState
from localedge.state.timestamps import now
from localedge.wire.binding_errors import MigrationAfterExports, MigrationInVersion
from localedge.wire.multipart import Upload
from localedge.wire.script_errors import NoHandlers, ScriptRejected


async def put_script(
    state: ServerState, ref: ScriptRef, upload: Upload, source: str, *, strict: bool = False
) -> Version:
    """Make or replace a script: a new version that gets all traffic at once."""
    limits.check_name(ref.own_name)
    check_dispatch_namespace(state, ref)
    tried = await _inspect(state, upload)
    with state.database.transaction():
        script = state.scripts.get(ref) or Script(ref, uuid.uuid4().hex, now(), now())
        reconciled = _reconcile(state, script, tried)
        if reconciled:
            script = replace(script, uses_exports=True)
            migrated = MigrationResult(
                reconciled.classes, script.migration_tag, tuple(reconciled.dropped)
            )
        else:
            migrated = _migrate(state, script, upload.metadata.get("migrations"))
        version = build_version(state, script, tried, migrated, source, strict=strict, by="upload")
        state.scripts.save(_stamped(script, migrated, upload.metadata, source))
        if reconciled:
            shown = {"exports_reconciliation": reconciled.document()}
            version = replace(version, runtime={**version.runtime, **shown})
            keep_reconciliation(state, ref, reconciled)
        else:
            _keep_classes(state, ref, migrated)
        state.scripts.add_version(ref, version)
        state.scripts.add_deployment(ref, _automatic(version))
    state.data_plane.changed(ref)
    if migrated.dropped:
        await state.data_plane.drop_storage(migrated.dropped)
    return version


async def upload_version(
    state: ServerState, ref: ScriptRef, upload: Upload, source: str, *, strict: bool = False
) -> Version:
    """Add a version that gets no traffic; the script must exist, its classes stay as they are."""
    state.script(ref)
    if upload.metadata.get("migrations"):
        raise MigrationInVersion
    check_metadata(upload.metadata)
    check_staged_bindings(state, ref, upload.metadata)
    tried = await _inspect(state, upload)
    with state.database.transaction():
        script = state.script(ref)
        migrated = MigrationResult(state.scripts.classes(ref), script.migration_tag)
        version = build_version(
            state, script, tried, migrated, source, strict=strict, by="version_upload"
        )
        state.scripts.add_version(ref, version)
    return version


async def replace_content(
    state: ServerState, ref: ScriptRef, upload: Upload, source: str
) -> Version:
    """Deploy the latest version's settings with other modules (PUT content)."""
    latest = state.scripts.latest(ref)
    if latest is None:
        state.script(ref)
    described: dict[str, Json] = {**upload.metadata, "bindings": [], "keep_assets": True}
    if latest:
        described |= {
            "compatibility_date": latest.compatibility_date,
            "compatibility_flags": list(latest.compatibility_flags),
            "keep_bindings": [binding["type"] for binding in latest.bindings],
            **latest.runtime,
        }
    return await put_script(state, ref, Upload(described, upload.modules), source)


async def _inspect(state: ServerState, upload: Upload) -> InspectedUpload:
    check_metadata(upload.metadata)
    metadata.refuse_unsupported(upload.metadata)
    main = metadata.main_module(upload.metadata)
    if main:
        limits.check_modules(main, upload.modules)
    code = Code(
        main_module=main,
        modules=tuple(item for item in upload.modules if item.content_type != limits.SOURCE_MAP),
        compatibility_date=metadata.compatibility_date(upload.metadata),
        compatibility_flags=metadata.compatibility_flags(upload.metadata),
    )
    if not main:
        return InspectedUpload(upload.metadata, (), code, Inspection({}))
    if state.data_plane.inspector is None:
        return InspectedUpload(upload.metadata, upload.modules, code, None)
    try:
        inspection = await state.data_plane.inspector.inspect(code)
    except UploadRejected as refused:
        raise ScriptRejected(str(refused)) from refused
    if not any(inspection.exports.get("default", ())) and set(inspection.exports) <= {"default"}:
        raise NoHandlers
    return InspectedUpload(upload.metadata, upload.modules, code, inspection)


def _reconcile(state: ServerState, script: Script, tried: InspectedUpload) -> Reconciliation | None:
    """Reconcile what the upload declares; None where the script's classes are migrated."""
    exports, migrations = tried.metadata.get("exports"), tried.metadata.get("migrations")
    if not script.uses_exports and not declares_classes(exports):
        return None
    if migrations:
        raise MigrationAfterExports
    code = frozenset(tried.inspection.exports) if tried.inspection else None
    return reconcile_exports(state, script, exports, code)


def _migrate(state: ServerState, script: Script, migrations: Json) -> MigrationResult:
    classes = state.scripts.classes(script.ref)
    if not migrations:
        return MigrationResult(classes, script.migration_tag)
    return migrate(
        classes,
        script.migration_tag,
        migrations,
        lambda name: state.scripts.classes(ScriptRef(script.ref.account_id, name)),
    )


def _keep_classes(state: ServerState, ref: ScriptRef, migrated: MigrationResult) -> None:
    state.scripts.set_classes(ref, migrated.classes)
    for name, class_name in migrated.given:
        giver = ScriptRef(ref.account_id, name)
        left = state.scripts.classes(giver)
        state.scripts.set_classes(giver, {key: left[key] for key in left if key != class_name})


def _stamped(
    script: Script, migrated: MigrationResult, given: dict[str, Json], source: str
) -> Script:
    return replace(
        script,
        modified_on=now(),
        migration_tag=migrated.tag,
        last_deployed_from=source,
        settings=metadata.script_settings(script.settings, given),
    )


def _automatic(version: Version) -> Deployment:
    return Deployment(
        id=new_id(),
        created_on=now(),
        source=version.source,
        shares=(TrafficShare(version.id, 100),),
        annotations={
            "workers/message": "Automatic deployment on upload.",
            "workers/triggered_by": "upload",
        },
    )
