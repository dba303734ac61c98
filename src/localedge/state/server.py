"""The state of one server: every store, and what the data plane reads of them."""

from pathlib import Path

from localedge.model import (
    ScriptRef,
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
from localedge.state.hyperdrive import HyperdriveStore
from localedge.state.kv.store import KvStore
from localedge.state.queues.messages import MessageStore
from localedge.state.queues.store import QueueStore
from localedge.state.r2.store import R2Store
from localedge.state.resources import ResourceStore
from localedge.state.rules.metadata import log_sample_rate
from localedge.state.rules.route_patterns import most_specific
from localedge.state.scripts.blobs import BlobStore
from localedge.state.scripts.records import Script
from localedge.state.scripts.secrets import SecretStore
from localedge.state.scripts.store import ScriptStore
from localedge.state.secrets_store.store import SecretsStores
from localedge.state.traces.logs import LogStore
from localedge.state.traces.store import TraceStore
from localedge.state.triggers import TriggerStore
from localedge.state.vectorize.store import VectorizeStore
from localedge.state.versions import VersionReader
from localedge.state.workflows.store import WorkflowStore
from localedge.state.zones import ZoneStore
from localedge.wire.errors import NotFound


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
        self.versions = VersionReader(
            self.scripts, self.blobs, self.assets, self.secrets, self.certificates, self.hyperdrive
        )
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
        """Return one version of the script, with its modules and secrets."""
        return self.versions.find(ref, version_id)

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

    def _sample_rate(self, ref: ScriptRef) -> float:
        script = self.scripts.get(ref)
        return log_sample_rate(script.settings) if script else 0
