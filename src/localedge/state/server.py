"""The state of one server: every store, and what the data plane reads of them."""

from pathlib import Path

from localedge.model import (
    Code,
    Json,
    Module,
    ScriptRef,
    StaticAssets,
    TrafficShare,
    WorkerVersion,
    WorkflowClass,
)
from localedge.state.accounts import AccountStore
from localedge.state.ai.gateways import AiGatewayStore
from localedge.state.ai.log import AiLog
from localedge.state.analytics.points import AnalyticsStore
from localedge.state.assets.store import AssetStore
from localedge.state.assets.tokens import AssetTokens
from localedge.state.certificates.store import MtlsCertificates
from localedge.state.d1.store import D1Store
from localedge.state.d1.transfers import D1Transfers
from localedge.state.data_plane import DataPlane, NullDataPlane
from localedge.state.database import Database
from localedge.state.exports.store import TransferStore
from localedge.state.hyperdrive import HyperdriveStore, connection_string
from localedge.state.kv.store import KvStore
from localedge.state.queues.messages import MessageStore
from localedge.state.queues.store import QueueStore
from localedge.state.r2.store import R2Store
from localedge.state.resources import ResourceStore
from localedge.state.rules.limits import SOURCE_MAP
from localedge.state.rules.metadata import log_sample_rate
from localedge.state.rules.route_patterns import most_specific
from localedge.state.scripts.blobs import BlobStore
from localedge.state.scripts.records import Script, StoredModule, Version
from localedge.state.scripts.secrets import SecretStore, without_secret
from localedge.state.scripts.store import ScriptStore
from localedge.state.secrets_store.store import SecretsStores
from localedge.state.traces.logs import LogStore
from localedge.state.traces.store import TraceStore
from localedge.state.triggers import TriggerStore
from localedge.state.vectorize.store import VectorizeStore
from localedge.state.workflows.store import WorkflowStore
from localedge.state.zones import ZoneStore
from localedge.wire.errors import NotFound

PREVIEW_DIGITS = 8


class ServerState:
    """The state of one localedge; one process can have several.

    It is the `WorkerSource` of the data plane; `data_plane` is notified when a deployment changes.
    """

    def __init__(self, folder: Path) -> None:
        self.database = Database(folder)
        self.accounts = AccountStore(self.database)
        self.zones = ZoneStore(self.database)
        self.scripts = ScriptStore(self.database)
        self.class_transfers = TransferStore(self.database)
        self.triggers = TriggerStore(self.database)
        self.blobs = BlobStore(self.database)
        self.assets = AssetStore(self.database)
        self.asset_tokens = AssetTokens(self.database)
        self.secrets = SecretStore(self.database)
        self.kv = KvStore(self.database)
        self.d1 = D1Store(self.database)
        self.d1_transfers = D1Transfers(self.database)
        self.r2 = R2Store(self.database)
        self.secrets_stores = SecretsStores(self.database)
        self.certificates = MtlsCertificates(self.database)
        self.hyperdrive = HyperdriveStore(self.database)
        self.vectorize = VectorizeStore(self.database)
        self.queues = QueueStore(self.database)
        self.workflows = WorkflowStore(self.database)
        self.messages = MessageStore(self.database)
        self.resources = ResourceStore(self.database)
        self.analytics = AnalyticsStore(self.database)
        self.ai_log = AiLog()
        self.ai_gateways = AiGatewayStore(self.database)
        self.traces = TraceStore(self.database, self._sample_rate)
        self.logs = LogStore(self.database)
        self.data_plane: DataPlane = NullDataPlane()

    # -- what the data plane reads

    def find_script(self, subdomain: str, name: str) -> ScriptRef | None:
        """Return the script `name` of the account whose workers.dev subdomain it is, if public."""
        account = self.accounts.by_subdomain(subdomain)
        if account is None:
            return None
        script = self.scripts.get(ScriptRef(account.id, name))
        return script.ref if script and script.enabled else None

    def routed(self, host: str, target: str) -> ScriptRef | None:
        """Return the script whose route, or else whose custom domain, gets a request.

        A Worker on a custom domain is the origin behind the routes of its zone
        (https://developers.cloudflare.com/workers/configuration/routing/custom-domains/).
        A route without a script keeps routes away that are less specific.
        """
        routes = {item.pattern: item for item in reversed(self.triggers.routes_for(host))}
        chosen = most_specific(routes, host, target)
        if chosen and (script := routes[chosen].script):
            return ScriptRef(routes[chosen].account_id, script)
        domain = self.triggers.domain(host)
        return ScriptRef(domain.account_id, domain.script) if domain else None

    def live(self, ref: ScriptRef) -> tuple[TrafficShare, ...]:
        """Return the traffic split in force; empty where nothing is deployed."""
        deployment = self.scripts.live(ref)
        return deployment.shares if deployment else ()

    def version(self, ref: ScriptRef, version_id: str) -> WorkerVersion | None:
        """Return one version of the script, with its modules and secrets.

        The first eight digits of an id name a version too, as they do in a preview's host name,
        and so does an alias, which is the newest version's that has it; if the script has previews.
        """
        version = self.scripts.version(ref, version_id) or self._preview(ref, version_id)
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
                for name, item in self.scripts.classes(ref).items()
                if name in version.named_handlers
            },
            entrypoints=frozenset(version.named_handlers),
        )

    def workflow_classes(self, ref: ScriptRef) -> list[WorkflowClass]:
        """Return the workflows whose class the script holds."""
        return [
            WorkflowClass(it.name, it.class_name, it.id)
            for it in self.workflows.of_account(ref.account_id)
            if it.script == ref.name
        ]

    def hyperdrive_changed(self, account_id: str, config_id: str) -> str:
        """Return when a Hyperdrive configuration was last changed; empty where it is gone."""
        config = self.hyperdrive.find(account_id, config_id)
        return config.modified_on if config else ""

    # -- what services share

    def script(self, ref: ScriptRef) -> Script:
        """Return a script; raises `NotFound`."""
        script = self.scripts.get(ref)
        if script is None:
            raise NotFound
        return script

    def script_tag(self, ref: ScriptRef) -> str:
        """Return the id of a script; empty where it is gone."""
        script = self.scripts.get(ref)
        return script.tag if script else ""

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
        return not self.scripts.classes(ref)

    def queue_name(self, account_id: str, queue_id: str) -> str | None:
        """Return the name of a queue by its id, or None where the account has none."""
        queue = self.queues.find(account_id, queue_id)
        return queue.name if queue else None

    async def clear(self) -> None:
        """Forget everything, accounts too, and stop every Worker."""
        self.d1.clear()
        self.ai_log.clear()
        self.traces.clear()
        with self.database.transaction():
            self.accounts.clear()
            self.zones.clear()
            self.triggers.clear()
            self.scripts.clear()
            self.blobs.clear()
            self.assets.clear()
            self.secrets.clear()
            self.kv.clear()
            self.r2.clear()
            self.secrets_stores.clear()
            self.certificates.clear()
            self.hyperdrive.clear()
            self.analytics.clear()
            self.vectorize.clear()
            self.queues.clear()
            self.workflows.clear()
            self.resources.clear()
            self.ai_gateways.clear()
            self.logs.clear()
        # Last: a request before this would start a Worker that is still in the state.
        await self.data_plane.reset()
        self.assets.remove_unused_contents()

    def close(self) -> None:
        """Close the files."""
        self.d1.close()
        self.database.close()

    def _unsealed(self, ref: ScriptRef, binding: dict[str, Json]) -> dict[str, Json]:
        """Return a binding as a runtime needs it, with what no answer of the API carries."""
        if binding["type"] == "mtls_certificate":
            found = self.certificates.find(ref.account_id, binding["certificate_id"])
            key = self.certificates.private_key(ref.account_id, binding["certificate_id"])
            return {
                **binding,
                "certificates": found.certificates if found else "",
                "private_key": key,
            }
        if binding["type"] == "hyperdrive":
            config = self.hyperdrive.find(ref.account_id, binding["id"])
            url = connection_string(config.document) if config else ""
            return {**binding, "connection_string": url}
        return self.secrets.unseal(binding)

    def _sample_rate(self, ref: ScriptRef) -> float:
        script = self.scripts.get(ref)
        return log_sample_rate(script.settings) if script else 0

    def _preview(self, ref: ScriptRef, prefix: str) -> Version | None:
        script = self.scripts.get(ref)
        if script is None or not (script.previews_enabled and self.has_preview(ref)):
            return None
        versions = self.scripts.versions(ref)
        by_id = (it for it in versions if it.id[:PREVIEW_DIGITS] == prefix)
        by_alias = (it for it in versions if it.annotations.get("workers/alias") == prefix)
        return next(by_id, None) or next(by_alias, None)

    def _assets(self, ref: ScriptRef, version: Version) -> StaticAssets | None:
        if version.assets is None:
            return None
        files = self.assets.files(ref, version.assets.manifest)
        return StaticAssets(files, version.assets.config)

    def _module(self, module: StoredModule) -> Module:
        return Module(module.name, module.content_type, self.blobs.get(module.digest))


def _public(binding: dict[str, Json]) -> dict[str, Json]:
    shown = without_secret(binding)
    if shown["type"] == "d1":
        return {**shown, "database_id": shown["id"]}
    return shown
