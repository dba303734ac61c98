"""Two ways to upload: wrangler does it, or edgefleet does it through the API.

With either of them edgefleet itself does everything else: traffic, triggers, settings, restore.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from edgefleet.build.assets.read import read_asset
from edgefleet.build.wrangler import Wrangler, WranglerAuth
from edgefleet.cloudflare.confirmed_write import uploaded
from edgefleet.cloudflare.worker.bundle import Bundle, Module
from edgefleet.cloudflare.worker.metadata import metadata
from edgefleet.cloudflare.worker.migrations import pending
from edgefleet.cloudflare.worker.static_assets import AssetSet, ReadAsset, asset_config
from edgefleet.cloudflare.worker.unsupported import unknown_to
from edgefleet.core.model import Json
from edgefleet.deploy.script_change import ScriptChange
from edgefleet.deploy.traffic import all_to
from edgefleet.errors import ConfigError
from edgefleet.records.models import Phase


class Uploader(Protocol):
    """Uploads one target's bundle with its bindings."""

    @property
    def signs(self) -> bool:
        """Whether a script upload carries the tag and the message."""
        ...

    def upload_version(self, tag: str, message: str) -> str:
        """Upload a version that gets no traffic yet; return its id."""
        ...

    def upload_script(self, tag: str, message: str) -> str:
        """Upload the script with its migrations, live at once; return its version's id."""
        ...


class VersionUploads(Protocol):
    """Where Cloudflare's API takes a version."""

    def upload(self, metadata: Mapping[str, Json], modules: tuple[Module, ...]) -> str:
        """Add a version that gets no traffic; return its id."""
        ...


class ScriptUploads(Protocol):
    """Where Cloudflare's API takes a whole script."""

    @property
    def versions(self) -> VersionUploads:
        """Takes versions of it."""
        ...

    def upload(self, metadata: Mapping[str, Json], modules: tuple[Module, ...]) -> str:
        """Create or replace the whole script; return the id of its version, which is live."""
        ...

    def upload_assets(self, assets: AssetSet, read: ReadAsset) -> str:
        """Upload the assets of the next version; return the token by which it names them."""
        ...


@dataclass(frozen=True, slots=True)
class WranglerUploader:
    """wrangler uploads a rendered copy."""

    wrangler: Wrangler
    config: Path
    auth: WranglerAuth
    signs: bool = False

    def upload_version(self, tag: str, message: str) -> str:
        """Run `wrangler versions upload`."""
        return self.wrangler.upload_version(self.config, self.auth, tag=tag, message=message)

    def upload_script(self, _tag: str, _message: str) -> str:
        """Run `wrangler deploy`, which wrangler 4.63.0 takes no tag and no message for."""
        return self.wrangler.deploy(self.config, self.auth)


@dataclass(frozen=True, slots=True)
class ApiUploader:
    """edgefleet uploads through Cloudflare's API: no Node, no second bundling."""

    script: ScriptUploads
    resolved: Mapping[str, Json]
    bundle: Bundle
    migration_tag: str | None
    signs: bool = True

    def upload_version(self, tag: str, message: str) -> str:
        """Add a version."""
        form = metadata(
            self.resolved,
            main_module=self.bundle.main_module,
            assets=self._assets(),
            annotations=_annotations(tag, message),
            first=False,
        )
        return self.script.versions.upload(form, self.bundle.modules)

    def upload_script(self, tag: str, message: str) -> str:
        """Create or replace the script.

        https://developers.cloudflare.com/api/resources/workers/subresources/scripts/methods/update/
        has annotations "for the version created by this upload".
        """
        form = metadata(
            self.resolved,
            main_module=self.bundle.main_module,
            assets=self._assets(),
            migrations=pending(self.resolved, self.migration_tag),
            annotations=_annotations(tag, message),
            first=True,
        )
        return self.script.upload(form, self.bundle.modules)

    def _assets(self) -> dict[str, Json] | None:
        """Upload the assets, nothing of which is live; return what the metadata says of them."""
        found = self.bundle.assets_of(self.resolved)
        if found is None:
            return None
        token = self.script.upload_assets(found, read_asset)
        return {"jwt": token, "config": asset_config(self.resolved["assets"], found)}


def require_known(version: str, resolved: Mapping[str, Json]) -> None:
    """Raise `ConfigError` where this version of wrangler would leave something out in silence."""
    keys = unknown_to(version, resolved)
    if keys:
        raise ConfigError(
            f"wrangler {version} does not know {', '.join(keys)}, and would deploy without it",
            hint="deploy with --engine api, or install a newer wrangler",
        )


def upload_version(change: ScriptChange, uploader: Uploader) -> str:
    """Upload a version that gets no traffic yet, once; return its id."""
    release, recorder = change.release, change.recorder
    with recorder.phase(Phase.UPLOAD) as step:
        version_id, _ = uploaded(
            lambda: uploader.upload_version(release.tag, release.message),
            lambda: change.account.script(change.script).versions.with_tag(
                release.tag, change.before.newest
            ),
            recorder.pauses(),
        )
        recorder.set(version_id=version_id)
        step.note = f"version {version_id}"
    return version_id


def upload_script(change: ScriptChange, uploader: Uploader) -> str:
    """Upload the script, live at once; return its version's id."""
    release, recorder, traffic = change.release, change.recorder, change.traffic
    find = change.find_live_upload
    assert find is not None  # noqa: S101 - this upload is live at once
    with recorder.phase(Phase.UPLOAD) as step:
        # wrangler gives such an upload no tag: it is recognised by what it made live.
        version_id, certain = uploaded(
            lambda: uploader.upload_script(release.tag, release.message), find, recorder.pauses()
        )
        traffic.uploaded(version_id)
        recorder.save(version_id=version_id)
        traffic.confirm(all_to(version_id), alone=certain)
        if not uploader.signs:
            # Otherwise no other machine would know who deployed it, and from which commit.
            change.shift_traffic(all_to(version_id))
        step.note = f"version {version_id}"
    return version_id


def _annotations(tag: str, message: str) -> dict[str, str]:
    return {"workers/tag": tag, "workers/message": message}
