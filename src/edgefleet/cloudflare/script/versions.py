"""A script's versions: which ones there are, and what each one needs.

https://developers.cloudflare.com/api/resources/workers/subresources/scripts/subresources/versions/
"""

from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import NamedTuple

from pydantic import ValidationError

from edgefleet.cloudflare.client import Cloudflare, segment
from edgefleet.cloudflare.error_codes import NO_SUCH_SCRIPT
from edgefleet.cloudflare.models import Version, VersionDetails
from edgefleet.cloudflare.script import schemas as wire
from edgefleet.cloudflare.worker.bundle import Module
from edgefleet.cloudflare.worker.exports import live_exports
from edgefleet.core.model import Json

TRIGGERED_BY_SECRET = "secret"  # noqa: S105 - a value of Cloudflare's, not a secret
"""The `workers/triggered_by` of a version that setting a secret made, not an upload."""


class SentVersion(NamedTuple):
    """A version that was uploaded just now: what was sent, and what Cloudflare tells of it."""

    id: str
    told: wire.VersionSchema
    metadata: Mapping[str, Json]
    modules: tuple[Module, ...]


OnSent = Callable[[str, SentVersion], None]
"""Takes the script's name and the version."""


class ScriptVersions:
    """The versions at `path`, newest first; there are none where the script does not exist.

    `on_sent` gets each upload.
    """

    def __init__(
        self, api: Cloudflare, path: str, on_sent: Callable[[SentVersion], None] | None = None
    ) -> None:
        self._api = api
        self._path = path
        self._on_sent = on_sent

    def recent(self) -> list[Version]:
        """Return the first page of the list."""
        return self._listed("")

    def deployable(self) -> list[Version]:
        """Return those that may get traffic: `limits.DEPLOYABLE_VERSIONS` at most."""
        return self._listed("?deployable=true")

    def with_tag(self, tag: str, newer_than: int) -> str | None:
        """Return the newest version with this tag and a greater number, if there is one."""
        found = (one for one in self.recent() if one.number > newer_than and one.tag == tag)
        return next((one.id for one in found), None)

    def details(self, version_id: str) -> VersionDetails | None:
        """Return what one version needs; None where there is none of this id."""
        path = f"{self._path}/{segment(version_id)}"
        version = self._api.find(path, wire.VersionSchema, *NO_SUCH_SCRIPT)
        if version is None:
            return None
        return VersionDetails(
            id=version_id,
            bindings=tuple(version.resources.bindings),
            migration_tag=version.resources.script_runtime.migration_tag,
            exports=live_exports(version.resources.script_runtime.exports),
        )

    def whole(self, version_id: str) -> wire.VersionSchema:
        """Return one version as Cloudflare describes it; raises `ApiError` where it is missing."""
        return self._api.get(f"{self._path}/{segment(version_id)}", wire.VersionSchema)

    def upload(self, metadata: Mapping[str, Json], modules: tuple[Module, ...]) -> str:
        """Add a version to a script that exists; return its id. It gets no traffic."""
        answer = self._api.upload("POST", self._path, metadata, modules, wire.UploadedVersion)
        if self._on_sent:
            with suppress(ValidationError):  # an answer without all of it is none the worse
                told = wire.VersionSchema.model_validate(answer.model_extra)
                self._on_sent(SentVersion(answer.id, told, metadata, modules))
        return answer.id

    def _listed(self, query: str) -> list[Version]:
        page = self._api.find(f"{self._path}{query}", wire.VersionList, *NO_SUCH_SCRIPT)
        return [_version(item) for item in (page.items if page else [])]


def _version(item: wire.VersionItem) -> Version:
    return Version(
        id=item.id,
        number=item.number,
        tag=item.annotations.get("workers/tag", ""),
        message=item.annotations.get("workers/message"),
        set_secret=item.annotations.get("workers/triggered_by") == TRIGGERED_BY_SECRET,
    )
