"""What `edgefleet adopt` reads of a live Worker, and what it made of it."""

from enum import StrEnum

from pydantic import Field

from edgefleet.cloudflare.models import ScriptSettings
from edgefleet.config.reading.rule import Finding
from edgefleet.config.target import Target
from edgefleet.core.model import Json, Model
from edgefleet.state.models import Change


class Unwritten(Model):
    """One thing of a live Worker that the files do not say: what it is, and why not."""

    what: str
    """Such as `vars.UPSTREAM_TOKEN`."""
    why: str


class LiveWorker(Model):
    """A script as it runs: the version with all of the traffic, and the script's settings."""

    script: str
    account_id: str
    version_id: str
    bindings: tuple[dict[str, Json], ...]
    """As Cloudflare's API tells them, with vars and names of secrets."""
    compatibility_date: str | None = None
    compatibility_flags: tuple[str, ...] = ()
    limits: dict[str, Json] | None = None
    placement: dict[str, Json] | None = None
    cache: dict[str, Json] | None = None
    untold: frozenset[str] = frozenset()
    """Keys of a wrangler file that Cloudflare does not tell of this version."""
    exports: dict[str, dict[str, Json]] | None = None
    migration_tag: str | None = None
    classes: dict[str, bool] = Field(default_factory=dict)
    """The script's own Durable Object classes, and whether their storage is SQLite."""
    has_assets: bool = False
    assets: dict[str, Json] | None = None
    """How its static assets are served; None where nothing tells."""
    settings: ScriptSettings = ScriptSettings()
    unreadable: frozenset[str] = frozenset()
    """Parts of the settings that the token may not read; see `cloudflare.settings.BESIDE`."""
    unseen: tuple[Unwritten, ...] = ()
    """These in words, and code that no bundle can hold."""


class Adopted(Model):
    """What a live Worker is as one environment of a wrangler file."""

    keys: dict[str, Json]
    """Flat, as a resolved configuration is; without `name` and `account_id`."""
    secrets: tuple[str, ...] = ()
    """The names of its secrets."""
    unwritten: tuple[Unwritten, ...] = ()


class AdoptedFileState(StrEnum):
    """What becomes of a file."""

    CREATED = "created"
    CHANGED = "changed"
    UNCHANGED = "unchanged"


class DraftedFile(Model):
    """A file of a tenant, before and after."""

    path: str
    """Relative to the root."""
    before: str | None
    after: str
    replaces: bool = False
    """Whether it takes the place of something that the file said before."""

    @property
    def state(self) -> AdoptedFileState:
        """What becomes of it."""
        if self.before is None:
            return AdoptedFileState.CREATED
        return AdoptedFileState.UNCHANGED if self.before == self.after else AdoptedFileState.CHANGED


class AdoptedFile(Model):
    """What became of one file of a tenant; its text only where nothing is written."""

    path: str
    state: AdoptedFileState
    text: str | None = None


class AdoptedTarget(Model):
    """One target as `adopt` leaves it: its files, what they do not say, and what a plan finds."""

    target: Target
    script: str
    account_id: str
    version_id: str
    code_digest: str | None
    """Of the live modules, as a bundle's; None where there are none that a bundle could hold."""
    files: tuple[AdoptedFile, ...]
    unwritten: tuple[Unwritten, ...] = ()
    findings: tuple[Finding, ...] = ()
    """What `validate` finds in the files."""
    bundle: str | None = None
    """The folder of the downloaded bundle, relative to the root."""
    changes: tuple[Change, ...] | None = None
    """The differences that a plan finds; None where there was none to make."""
