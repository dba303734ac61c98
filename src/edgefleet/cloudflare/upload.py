"""Uploads through Cloudflare's API, without wrangler; each is made once.

`rules.metadata.metadata` describes an upload. Endpoints:
https://developers.cloudflare.com/api/resources/workers/subresources/scripts/.
"""

from collections.abc import Mapping
from contextlib import suppress
from uuid import UUID

from edgefleet.cloudflare import schemas as wire
from edgefleet.cloudflare.account import Account
from edgefleet.cloudflare.client import Cloudflare, segment
from edgefleet.cloudflare.envelope import ApiError
from edgefleet.cloudflare.worker.bundle import Module
from edgefleet.core.model import Json


class ApiUpload:
    """Uploads to one account.

    Every method raises `ApiError`, with Cloudflare's codes where it refused; without any answer
    (`ApiError.passing`) the upload may have happened all the same, so read before repeating it.
    """

    def __init__(self, api: Cloudflare, account_id: str) -> None:
        self._api = api
        self._account = Account(api, account_id)
        self._scripts = f"/accounts/{segment(account_id)}/workers/scripts"

    def version(
        self, script: str, metadata: Mapping[str, Json], modules: tuple[Module, ...]
    ) -> str:
        """Add a version to a script that exists; return its id. It gets no traffic."""
        path = f"{self._scripts}/{segment(script)}/versions"
        return self._api.upload("POST", path, metadata, modules, wire.CloudflareId).id

    def script(self, script: str, metadata: Mapping[str, Json], modules: tuple[Module, ...]) -> str:
        """Make or replace a whole script; return the id of its version, which is live at once."""
        path = f"{self._scripts}/{segment(script)}?excludeScript=true"
        answer = self._api.upload("PUT", path, metadata, modules, wire.Uploaded)
        with suppress(ValueError):
            return str(UUID(answer.deployment_id or ""))
        return self._live(script)

    def _live(self, script: str) -> str:
        words = f"'{script}' was uploaded, and Cloudflare does not say as which version"
        try:
            deployment = self._account.deployment(script)
        except ApiError as error:
            # It refused to tell, and not the upload: that is live.
            raise ApiError(f"{words}: {error.message}") from error
        if deployment is None or len(deployment.versions) != 1:
            raise ApiError(words)
        return deployment.versions[0].version_id
