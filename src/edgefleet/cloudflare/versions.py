"""A script's versions, as Cloudflare keeps them: which there are, and what each one needs."""

from edgefleet.cloudflare import schemas as wire
from edgefleet.cloudflare.client import Cloudflare, segment
from edgefleet.cloudflare.error_codes import NO_SUCH_SCRIPT
from edgefleet.cloudflare.models import Version, VersionDetails

MADE_BY_HAND = "secret"
"""What Cloudflare says made a version, where somebody set a secret."""


class Versions:
    """The versions of the script at `path`, for reading."""

    def __init__(self, api: Cloudflare, path: str) -> None:
        self._api = api
        self._path = f"{path}/versions"

    def deployable(self) -> list[Version]:
        """Return those that may get traffic, newest first: at most 100."""
        where = f"{self._path}?deployable=true"
        found = self._api.find(where, wire.VersionList, *NO_SUCH_SCRIPT)
        return [described(item) for item in (found.items if found else [])]

    def details(self, version_id: str) -> VersionDetails | None:
        """Return one version in full; None where there is none of this id."""
        where = f"{self._path}/{segment(version_id)}"
        found = self._api.find(where, wire.VersionSchema, *NO_SUCH_SCRIPT)
        if found is None:
            return None
        return VersionDetails(
            id=version_id,
            bindings=tuple(found.resources.bindings),
            migration_tag=found.resources.script_runtime.migration_tag,
        )


def described(item: wire.VersionItem) -> Version:
    """Return a version as it stands in a list."""
    return Version(
        id=item.id,
        number=item.number,
        tag=item.annotations.get("workers/tag", ""),
        message=item.annotations.get("workers/message"),
        set_secret=item.annotations.get("workers/triggered_by") == MADE_BY_HAND,
    )
