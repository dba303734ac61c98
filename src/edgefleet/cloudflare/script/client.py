"""One Worker's script, with a client for each of its sub-resources.

The one place that builds the path /accounts/{account_id}/workers/scripts/{script_name}. Endpoints:
https://developers.cloudflare.com/api/resources/workers/subresources/scripts/.
"""

from collections.abc import Mapping
from contextlib import suppress
from functools import cached_property, partial
from uuid import UUID

from edgefleet.cloudflare.client import Cloudflare, Content, segment
from edgefleet.cloudflare.envelope import ApiError
from edgefleet.cloudflare.error_codes import NO_SUCH_SCRIPT
from edgefleet.cloudflare.schemas import CloudflareName
from edgefleet.cloudflare.script import schemas as wire
from edgefleet.cloudflare.script.assets import AssetUploads
from edgefleet.cloudflare.script.deployments import ScriptDeployments
from edgefleet.cloudflare.script.settings import SettingsClient
from edgefleet.cloudflare.script.versions import OnSent, ScriptVersions
from edgefleet.cloudflare.worker.bundle import Module
from edgefleet.cloudflare.worker.static_assets import AssetSet, ReadAsset
from edgefleet.core.model import Json


class WorkerScript:
    """The script `name` of an account, whether it exists or not.

    Writes are made once. They raise `ApiError`, with Cloudflare's codes where it refused; after a
    transient one (`is_transient`) the write may have happened, so read before repeating it.
    """

    def __init__(
        self, api: Cloudflare, account_id: str, name: str, on_sent: OnSent | None = None
    ) -> None:
        self._api = api
        self._on_sent = partial(on_sent, name) if on_sent else None
        self._account_id = account_id
        self.name = name
        self._path = f"/accounts/{segment(account_id)}/workers/scripts/{segment(name)}"

    @cached_property
    def versions(self) -> ScriptVersions:
        """Its uploaded versions."""
        return ScriptVersions(self._api, f"{self._path}/versions", self._on_sent)

    @cached_property
    def deployments(self) -> ScriptDeployments:
        """Which versions got which share of the traffic, and when."""
        return ScriptDeployments(self._api, f"{self._path}/deployments")

    @cached_property
    def settings(self) -> SettingsClient:
        """Triggers, workers.dev and the script's settings, which belong to no version."""
        return SettingsClient(self._api, self._account_id, self.name, self._path)

    def secret_names(self) -> set[str] | None:
        """Return the names of its secrets; None where the script does not exist."""
        path = f"{self._path}/secrets"
        found = self._api.find(path, list[CloudflareName], *NO_SUCH_SCRIPT)
        return None if found is None else {item.name for item in found}

    def content(self, version_id: str) -> Content:
        """Return a version's modules as a form, or the one script of a Worker without modules."""
        return self._api.content(f"{self._path}/content/v2?version={segment(version_id)}")

    def upload_assets(self, assets: AssetSet, read: ReadAsset) -> str:
        """Upload the assets of the next version; return the token by which it names them."""
        account = f"/accounts/{segment(self._account_id)}"
        return AssetUploads(self._api, self._path, account).upload(assets, read)

    def asset_settings(self, version_id: str) -> dict[str, Json] | None:
        """Return how a version's assets are served; None where Cloudflare does not tell.

        Only the newer API tells it (https://developers.cloudflare.com/api/resources/workers/
        subresources/beta/subresources/workers/subresources/versions/), and of the files nothing.
        """
        workers = f"/accounts/{segment(self._account_id)}/workers/workers/{segment(self.name)}"
        path = f"{workers}/versions/{segment(version_id)}"
        try:
            found = self._api.get(path, wire.VersionAssets).assets
        except ApiError as error:
            if error.is_transient:
                raise
            return None
        return found.config if found else None

    def newest_settings(self) -> wire.NewestSettings:
        """Return where the newest version runs, and how its responses are cached."""
        return self._api.get(f"{self._path}/settings", wire.NewestSettings)

    def upload(self, metadata: Mapping[str, Json], modules: tuple[Module, ...]) -> str:
        """Create or replace the whole script; return the id of its version, which is live at once.

        `worker.metadata.metadata` describes an upload.
        """
        path = f"{self._path}?excludeScript=true"
        uploaded = self._api.upload("PUT", path, metadata, modules, wire.Uploaded)
        with suppress(ValueError):
            return str(UUID(uploaded.deployment_id or ""))
        return self._live_version()

    def delete(self) -> None:
        """Remove the script and its Durable Objects."""
        self._api.write("DELETE", f"{self._path}?force=true")

    def _live_version(self) -> str:
        message = f"'{self.name}' was uploaded, and Cloudflare does not say as which version"
        try:
            deployment = self.deployments.current()
        except ApiError as error:
            # Cloudflare refused this read, not the upload: the upload is live.
            raise ApiError(f"{message}: {error.message}") from error
        if deployment is None or len(deployment.versions) != 1:
            raise ApiError(message)
        return deployment.versions[0].version_id
