"""A script's versions as a runtime loads them, and as the API shows them."""

from localedge.model import Code, Json, Module, ScriptRef, StaticAssets, WorkerVersion
from localedge.state.assets.store import AssetStore
from localedge.state.certificates.store import MtlsCertificates
from localedge.state.hyperdrive import HyperdriveStore, connection_string
from localedge.state.rules.limits import SOURCE_MAP
from localedge.state.scripts.blobs import BlobStore
from localedge.state.scripts.records import StoredModule, Version
from localedge.state.scripts.secrets import SecretStore, without_secret
from localedge.state.scripts.store import ScriptStore

PREVIEW_DIGITS = 8


class VersionReader:
    """Puts versions together from the stores that hold their parts."""

    def __init__(
        self,
        scripts: ScriptStore,
        blobs: BlobStore,
        assets: AssetStore,
        secrets: SecretStore,
        certificates: MtlsCertificates,
        hyperdrive: HyperdriveStore,
    ) -> None:
        self._scripts = scripts
        self._blobs = blobs
        self._stored_assets = assets
        self._secrets = secrets
        self._certificates = certificates
        self._hyperdrive = hyperdrive

    def find(self, ref: ScriptRef, version_id: str) -> WorkerVersion | None:
        """Return one version of the script, with its modules and secrets.

        The first eight digits of an id name a version too, as they do in a preview's host name,
        and so does an alias, which is the newest version's that has it; if the script has previews.
        """
        version = self._scripts.version(ref, version_id) or self._preview(ref, version_id)
        if version is None:
            return None
        return WorkerVersion(
            id=version.id,
            number=version.number,
            created_on=version.created_on,
            tag=version.annotations.get("workers/tag", ""),
            code=self.code(version),
            bindings=tuple(self._unsealed(ref, binding) for binding in version.bindings),
            assets=self._assets(ref, version),
            objects={
                name: item.namespace_id
                for name, item in self._scripts.classes(ref).items()
                if name in version.named_handlers
            },
            entrypoints=frozenset(version.named_handlers),
            streamed=self._is_streamed(ref),
        )

    def _is_streamed(self, ref: ScriptRef) -> bool:
        script = self._scripts.get(ref)
        return bool(script and script.settings.get("streaming_tail_consumers"))

    def code(self, version: Version) -> Code:
        """Return what a runtime loads of a version."""
        modules = self.modules(version)
        return Code(
            main_module=version.main_module,
            modules=tuple(item for item in modules if item.content_type != SOURCE_MAP),
            compatibility_date=version.compatibility_date,
            compatibility_flags=version.compatibility_flags,
        )

    def modules(self, version: Version) -> tuple[Module, ...]:
        """Return all that was uploaded with a version, source maps too."""
        return tuple(self._module(module) for module in version.modules)

    def public_bindings(self, version: Version) -> list[dict[str, Json]]:
        """Return the bindings of a version as the API shows them, without any secret."""
        return [_public(binding) for binding in version.bindings]

    def has_preview(self, ref: ScriptRef) -> bool:
        """Say whether versions have previews: not if the script implements Durable Objects.

        See https://developers.cloudflare.com/workers/configuration/previews/#limitations.
        """
        return not self._scripts.classes(ref)

    def _unsealed(self, ref: ScriptRef, binding: dict[str, Json]) -> dict[str, Json]:
        """Return a binding as a runtime needs it, with what no answer of the API carries."""
        if binding["type"] == "mtls_certificate":
            found = self._certificates.find(ref.account_id, binding["certificate_id"])
            key = self._certificates.private_key(ref.account_id, binding["certificate_id"])
            return {
                **binding,
                "certificates": found.certificates if found else "",
                "private_key": key,
            }
        if binding["type"] == "hyperdrive":
            config = self._hyperdrive.find(ref.account_id, binding["id"])
            url = connection_string(config.document) if config else ""
            return {**binding, "connection_string": url}
        return self._secrets.unseal(binding)

    def _preview(self, ref: ScriptRef, prefix: str) -> Version | None:
        script = self._scripts.get(ref)
        if script is None or not (script.previews_enabled and self.has_preview(ref)):
            return None
        versions = self._scripts.versions(ref)
        by_id = (it for it in versions if it.id[:PREVIEW_DIGITS] == prefix)
        by_alias = (it for it in versions if it.annotations.get("workers/alias") == prefix)
        return next(by_id, None) or next(by_alias, None)

    def _assets(self, ref: ScriptRef, version: Version) -> StaticAssets | None:
        if version.assets is None:
            return None
        files = self._stored_assets.files(ref, version.assets.manifest)
        return StaticAssets(files, version.assets.config)

    def _module(self, module: StoredModule) -> Module:
        return Module(module.name, module.content_type, self._blobs.get(module.digest))


def _public(binding: dict[str, Json]) -> dict[str, Json]:
    shown = without_secret(binding)
    if shown["type"] == "d1":
        return {**shown, "database_id": shown["id"]}
    return shown
