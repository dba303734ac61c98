"""What Cloudflare said of one script, as far as a deploy must put it back."""

from pydantic import Field

from edgefleet.model.base import Json, Model


class Share(Model):
    """One version's part of the traffic, in percent."""

    version_id: str
    percentage: float


class Deployment(Model):
    """Which versions get which share of the traffic."""

    id: str
    created_on: str
    versions: tuple[Share, ...]

    @property
    def main_version(self) -> str:
        """The version with the largest share."""
        return max(self.versions, key=lambda share: share.percentage).version_id


class Live(Model):
    """A script as it was observed; `deployment` None means that it did not exist."""

    deployment: Deployment | None
    crons: tuple[str, ...] = ()
    workers_dev: bool = False
    previews: bool = False
    script_settings: dict[str, Json] = Field(default_factory=dict)

    @property
    def version_id(self) -> str | None:
        """The version that gets most of the traffic."""
        return self.deployment.main_version if self.deployment else None
