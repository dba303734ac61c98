"""Uploads the static assets of a script's next version; nothing of it is live.

https://developers.cloudflare.com/workers/static-assets/direct-upload/
"""

import base64
from collections.abc import Mapping

from edgefleet.cloudflare.client import Cloudflare
from edgefleet.cloudflare.envelope import ApiError
from edgefleet.cloudflare.script import schemas as wire
from edgefleet.cloudflare.worker.static_assets import AssetFile, AssetSet, ReadAsset, manifest_of
from edgefleet.core.redaction import known_secrets
from edgefleet.core.secret import Secret
from edgefleet.errors import CloudflareError
from edgefleet.http.connection import HttpRequest
from edgefleet.http.multipart import FormPart, write_form

NO_TYPE = "application/null"
"""What names a file that is served without a content type."""


class AssetUploads:
    """Uploads assets for the script at `script`, in the account at `account` (paths of the API)."""

    def __init__(self, api: Cloudflare, script: str, account: str) -> None:
        self._api = api
        self._session = f"{script}/assets-upload-session"
        self._upload = f"{account}/workers/assets/upload?base64=true"

    def upload(self, assets: AssetSet, read: ReadAsset) -> str:
        """Upload what Cloudflare lacks of a set; return the token that a version names it by.

        After a transient error it begins again: a new session asks for what is still missing.
        Raises `CloudflareError`.
        """
        pauses = self._api.pauses()
        while True:
            try:
                return self._attempt(assets, read)
            except ApiError as error:
                if not error.is_transient or not pauses.wait(error.retry_after):
                    raise

    def _attempt(self, assets: AssetSet, read: ReadAsset) -> str:
        body = {"manifest": manifest_of(assets)}
        begun = self._api.send(HttpRequest("POST", self._session, body=body), wire.UploadSession)
        if not any(begun.buckets):
            return begun.jwt
        token, completion = Secret(begun.jwt), None
        known_secrets.add(token)
        by_hash = {file.hash: file for file in assets.files}
        for bucket in filter(None, begun.buckets):
            form = write_form(None, [_part(by_hash, hash_, read) for hash_ in bucket])
            call = HttpRequest("POST", self._upload, form=form, token=token)
            completion = self._api.send(call, wire.UploadedAssets).jwt or completion
        if completion is None:
            message = f"POST {self._upload}: Cloudflare says of no file that it was the last"
            raise CloudflareError(message, code="assets")
        return completion


def _part(files: Mapping[str, AssetFile], hash_: str, read: ReadAsset) -> FormPart:
    file = files.get(hash_)
    if file is None:
        message = "Cloudflare asks for a static asset that the manifest does not have"
        raise CloudflareError(message, code="assets")
    return FormPart(hash_, file.content_type or NO_TYPE, base64.b64encode(read(file)))
