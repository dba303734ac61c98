"""What an upload through the API tells Cloudflare of its version."""

from collections.abc import Mapping

from edgefleet.cloudflare.upload import ApiUpload
from edgefleet.cloudflare.worker.bundle import Module
from edgefleet.core.model import Json
from edgefleet.deploy.uploaders import ApiUploader
from support.bundles import numbered_bundle
from support.past import API

CONFIG = {"name": "shop", "compatibility_date": "2026-01-15"}


class Told(ApiUpload):
    """Remembers the annotations of each upload."""

    def __init__(self) -> None:
        super().__init__(API, "a")
        self.annotations: list[Json] = []

    def script(self, script: str, metadata: Mapping[str, Json], modules: tuple[Module, ...]) -> str:
        """Take a whole script."""
        self.annotations.append(metadata["annotations"])
        return "v1"

    def version(
        self, script: str, metadata: Mapping[str, Json], modules: tuple[Module, ...]
    ) -> str:
        """Take a version."""
        self.annotations.append(metadata["annotations"])
        return "v2"


def test_a_whole_upload_carries_tag_and_message_as_every_version_does() -> None:
    told = Told()
    engine = ApiUploader(told, CONFIG, numbered_bundle(0), None)
    uploaded = [engine.upload_script("a tag", "why"), engine.upload_version("a tag", "why")]
    assert uploaded == ["v1", "v2"]
    assert told.annotations == [{"workers/tag": "a tag", "workers/message": "why"}] * 2
