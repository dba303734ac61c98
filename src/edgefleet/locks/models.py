"""The shared lock of targets: which run holds them, since when, and until when."""

from pydantic import AwareDatetime, Field

from edgefleet.config.target import Environment
from edgefleet.core.ids import HEX_ID
from edgefleet.core.model import Model


class Lock(Model):
    """One run's right to change targets. Times are those of Cloudflare's clock."""

    id: str = Field(pattern=rf"^{HEX_ID}$", description="The run that holds it, at random.")
    action: str = Field(description="What the run does: deploy, rollback, restore, tag.")
    actor: str | None = Field(default=None, description="The account that started the run.")
    host: str = Field(description="The machine that it runs on.")
    run_url: str | None = Field(default=None, description="The GitHub Actions run, if it is one.")
    reason: str | None = Field(default=None, description="The reason that the run was given.")
    since: AwareDatetime = Field(description="When it was taken.")
    until: AwareDatetime = Field(description="When it expires, unless it is renewed.")
    took_over: str | None = Field(default=None, description="The run that it was taken from.")

    def __str__(self) -> str:
        where = self.run_url or self.host
        why = f", {self.reason}" if self.reason else ""
        return (
            f"{self.actor or 'an unnamed actor'} ({self.action}, {where}, since "
            f"{self.since:%Y-%m-%d %H:%M:%S} UTC, until {self.until:%H:%M:%S}, run {self.id}{why})"
        )


class Unlocked(Model):
    """The record of a lock that a person freed, `<target>-<UTC timestamp>.unlock.json`."""

    schema_version: int = 1
    tenant: str = Field(description="The tenant.")
    environment: Environment = Field(description="The environment.")
    lock: Lock = Field(description="The lock that was freed.")
    reason: str = Field(description="The reason that was given for freeing it.")
    actor: str | None = Field(default=None, description="The account that freed it.")
    run_url: str | None = Field(default=None, description="The GitHub Actions run, if it was one.")
    when: AwareDatetime = Field(description="When, by the clock of the machine that freed it.")
