"""What an upload through the API tells Cloudflare of its version."""

from collections.abc import Mapping

import pytest

from edgefleet.cloudflare.worker.bundle import Module
from edgefleet.cloudflare.worker.static_assets import AssetSet, ReadAsset
from edgefleet.core.model import Json
from edgefleet.deploy.uploaders import ApiUploader, require_known
from edgefleet.errors import ConfigError
from support.bundles import numbered_bundle

CONFIG = {"name": "shop", "compatibility_date": "2026-01-15"}


class FakeUploads:
    """Remembers the annotations of each upload, and answers with the id of its version."""

    def __init__(self, version_id: str, annotations: list[Json]) -> None:
        self._version_id = version_id
        self._annotations = annotations

    def upload(self, metadata: Mapping[str, Json], modules: tuple[Module, ...]) -> str:
        self._annotations.append(metadata["annotations"])
        return self._version_id


class FakeScript(FakeUploads):
    """Takes whole scripts as `v1` and versions as `v2`."""

    def __init__(self) -> None:
        self.annotations: list[Json] = []
        super().__init__("v1", self.annotations)
        self.versions = FakeUploads("v2", self.annotations)

    def upload_assets(self, assets: AssetSet, read: ReadAsset) -> str:
        raise AssertionError("this Worker has no assets")


def test_script_upload_carries_tag_and_message() -> None:
    script = FakeScript()
    engine = ApiUploader(script, CONFIG, numbered_bundle(0), None)
    uploaded = [engine.upload_script("a tag", "why"), engine.upload_version("a tag", "why")]
    assert uploaded == ["v1", "v2"]
    assert script.annotations == [{"workers/tag": "a tag", "workers/message": "why"}] * 2


def test_older_wrangler_is_refused_for_a_newer_key() -> None:
    asked = {
        **CONFIG,
        "k2": [{"binding": "EVENTS", "stream": "s"}],
        "pipelines": [{"binding": "A", "pipeline": "p"}, {"binding": "B", "stream": "s"}],
    }
    require_known("4.164.0", asked)
    require_known("4.63.0", {**CONFIG, "pipelines": asked["pipelines"][:1]})
    with pytest.raises(ConfigError, match=r"wrangler 4.63.0 does not know k2, pipelines.stream,"):
        require_known("4.63.0", asked)
