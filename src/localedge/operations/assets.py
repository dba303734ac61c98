"""Static assets: upload sessions, and which assets an uploaded version has."""

from collections.abc import Sequence

from localedge.model import Json, ScriptRef
from localedge.state.assets.config import check_config
from localedge.state.assets.manifest import buckets, parse_manifest
from localedge.state.assets.store import AssetSession, ReceivedFile
from localedge.state.assets.tokens import AssetToken, Purpose
from localedge.state.rules import limits
from localedge.state.scripts.records import Version, VersionAssets
from localedge.state.server import ServerState
from localedge.wire.asset_errors import (
    InvalidAssets,
    InvalidAssetToken,
    InvalidAssetUpload,
)
from localedge.wire.errors import BadBody


def start_upload(state: ServerState, ref: ScriptRef, given: Json) -> Json:
    """Start an upload session for the manifest `given`; the script need not exist yet.

    Returns what the script lacks, in buckets, and the token to send it with; where
    nothing is missing, the token is the completion token.
    """
    limits.check_name(ref.own_name)
    manifest = parse_manifest(given)
    session = state.assets.begin(ref, manifest)
    missing = buckets(manifest, wanted=state.assets.missing(session))
    purpose = Purpose.UPLOAD if missing else Purpose.COMPLETION
    return {"jwt": state.asset_tokens.issue(purpose, ref, session.id), "buckets": missing}


def receive_files(
    state: ServerState, token: AssetToken, files: Sequence[ReceivedFile]
) -> str | None:
    """Store files of a session; return its completion token once none is missing."""
    session = _session(state, token)
    account = session.ref.account_id
    manifest = state.assets.manifest(account, session.manifest)
    sizes = {entry.hash: entry.size for entry in manifest.values()}
    for file in files:
        if file.hash not in sizes:
            raise InvalidAssetUpload(f"The manifest has no file of the hash {file.hash}.")
        if len(file.content) != sizes[file.hash]:
            raise InvalidAssetUpload(
                f"The file {file.hash} has {len(file.content)} bytes, "
                f"the manifest says {sizes[file.hash]}."
            )
    if not state.assets.add(session, files):
        return None
    return state.asset_tokens.issue(Purpose.COMPLETION, session.ref, session.id)


def assets_of_upload(
    state: ServerState,
    ref: ScriptRef,
    metadata: dict[str, Json],
    latest: Version | None,
    *,
    has_worker: bool,
) -> VersionAssets | None:
    """Return the assets of a new version: those of its token, or with `keep_assets` the latest's.

    Raises what the API refuses about token and settings.
    """
    given = metadata.get("assets")
    kept = latest.assets if latest and metadata.get("keep_assets") else None
    if given is None:
        return kept
    if not isinstance(given, dict):
        raise BadBody("assets must be an object.")
    config = given.get("config")
    if given.get("jwt") is not None:
        manifest = _completed(state, ref, given["jwt"])
    elif kept:
        manifest = kept.manifest
        config = kept.config if config is None else config
    else:
        raise InvalidAssets("assets.jwt is required: upload the assets first, or keep_assets.")
    return VersionAssets(manifest, check_config(config, has_worker=has_worker))


def refuse_missing_assets(
    bindings: Sequence[dict[str, Json]], assets: VersionAssets | None, *, has_worker: bool
) -> None:
    """Raise `InvalidAssets` for a binding of assets without any, and for a version of nothing."""
    if assets is None and not has_worker:
        raise BadBody("metadata must name the main_module: the version has no assets either.")
    if assets is None and any(binding["type"] == "assets" for binding in bindings):
        raise InvalidAssets("Cannot use an assets binding without assets")


def _completed(state: ServerState, ref: ScriptRef, text: Json) -> str:
    if not isinstance(text, str):
        raise BadBody("assets.jwt must be a string.")
    try:
        token = state.asset_tokens.read(text, Purpose.COMPLETION)
        session = _session(state, token)
    except InvalidAssetToken:
        raise InvalidAssets("The asset completion token is invalid or has expired.") from None
    if session.ref != ref:
        raise InvalidAssets("The asset completion token belongs to another Worker.")
    return session.manifest


def _session(state: ServerState, token: AssetToken) -> AssetSession:
    session = state.assets.session(token.session)
    if session is None or session.ref != token.ref:
        raise InvalidAssetToken
    return session
