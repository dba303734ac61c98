"""One change of a script at Cloudflare: what goes live, what was live, and what was written so far.

A deploy and a rollback are both such a change; `restore` reads from it what to undo.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from edgefleet.cloudflare.confirmed_write import write_and_confirm
from edgefleet.cloudflare.d1.migrations import D1Migrations
from edgefleet.cloudflare.envelope import ApiError
from edgefleet.cloudflare.error_codes import HOST_HAS_DNS_RECORD
from edgefleet.cloudflare.models import LiveState, ScriptSettings
from edgefleet.cloudflare.settings import (
    EVERY_TOKENS,
    with_workflows_of,
    without_record,
)
from edgefleet.config.account_api import AccountApi
from edgefleet.config.worker_urls import HealthUrls
from edgefleet.deploy.traffic import Split, Traffic
from edgefleet.errors import EdgefleetError
from edgefleet.records.recorder import Recorder
from edgefleet.records.signature import with_canary
from edgefleet.state.canary_state import CanaryState
from edgefleet.state.diff import differing_parts


class CheckHealth(Protocol):
    """Probes a version below a URL until it is healthy; raises `UnhealthyError`."""

    def __call__(self, version_id: str, url: str, *, pinned: bool) -> None:
        """Send requests to this version (`pinned`: by a version override) or as visitors do."""
        ...


class TakeSteps(Protocol):
    """Gives a version its traffic step by step; raises what an unfavourable verdict leads to."""

    def __call__(self, change: "ScriptChange", version_id: str, url: str) -> bool:
        """Go through the steps before 100 %; the Worker answers at `url`.

        Returns whether the version may have everything now; if not, the canary stays under way.
        """
        ...


@dataclass(frozen=True, slots=True)
class Release:
    """What is to be live of a script, beside the version itself."""

    message: str
    """The message of each deployment that the change makes."""
    urls: HealthUrls
    """Where the Worker can be probed before and after its settings are written."""
    settings: ScriptSettings | None
    """Triggers and settings to write; None keeps those in force."""
    tag: str = ""
    """The tag of the version that is uploaded."""
    migrations: tuple[D1Migrations, ...] = ()
    """D1 migrations to apply before the upload."""
    transferred: tuple[str, ...] = ()
    """The scripts whose Durable Objects the upload takes over: it cannot be removed then."""
    allow_irreversible: bool = False
    """Whether a version may get all of the traffic although the live one cannot be restored."""
    allow_changed_secrets: bool = False
    """Whether a version may get traffic although secrets were changed since it was made."""


@dataclass(slots=True)
class ScriptChange:
    """One change under way."""

    traffic: Traffic
    before: LiveState
    release: Release
    check_health: CheckHealth
    find_live_upload: Callable[[], str | None] | None = None
    """Returns the live version if it is this change's upload; None: no upload is live at once."""
    token: str = ""
    """Where the token was found that writes, such as `CLOUDFLARE_API_TOKEN_ACME in .env.deploy`."""
    take_steps: TakeSteps | None = None
    """What comes between 0 and 100 % of the traffic; None: nothing."""
    begin_canary: Callable[[str], CanaryState] | None = None
    """Returns how the canary of a version begins, which `take_steps` continues."""
    canary: CanaryState | None = field(default=None, init=False)
    """Where its canary stands, as the messages of its deployments say; None: it has none."""
    left: EdgefleetError | None = field(default=None, init=False)
    """Why its canary does not go on for the time being, where that is an error of the command."""
    migrated: list[tuple[str, str]] = field(default_factory=list, init=False)
    """The D1 migrations that were applied, each with its database's binding before its name."""
    settings_written: bool = field(default=False, init=False)
    """Whether triggers and settings may be those of this change."""

    @property
    def account(self) -> AccountApi:
        """The account that has the script."""
        return self.traffic.account

    @property
    def script(self) -> str:
        """The script's name."""
        return self.traffic.script

    @property
    def recorder(self) -> Recorder:
        """The recorder of the run."""
        return self.traffic.recorder

    def shift_traffic(self, split: Split) -> None:
        """Deploy a split with the release's message; raises as `Traffic.shift` does.

        While the change has a canary, the message says where it stands.
        """
        message = self.release.message
        if self.canary is not None:
            message = with_canary(message, self.canary)
        self.traffic.shift(split, message, force=self.release.allow_changed_secrets)

    def write_settings(self) -> bool:
        """Write those of the release's triggers and settings that differ; return whether one did.

        After an upload that is live at once all are written that every token may write: it may
        have changed some. Workflows that the release does not have stay. Raises `ApiError`, and
        `LockLost` if another run holds the target by now.
        """
        wanted, live = self.release.settings, self.before.settings
        if wanted is None:
            return False
        settings = with_workflows_of(wanted, live)
        parts = differing_parts(settings, live) | (EVERY_TOKENS if self.find_live_upload else set())
        if not parts:
            # A run that has lost the target ends with 9, also where no write shows it.
            self.traffic.fence.check()
            return False
        try:
            self._write(settings, parts)
        except ApiError as error:
            if HOST_HAS_DNS_RECORD not in error.codes:
                raise
            hint = without_record(settings, live, error.message)
            raise error.amended(hint=hint) from error
        return True

    def remove_workflows(self) -> None:
        """Delete the workflows that the release does not have; raises as `write_settings`."""
        if self.release.settings is not None:
            self._write(self.release.settings, frozenset({"workflows"}))

    def _write(self, settings: ScriptSettings, parts: frozenset[str]) -> None:
        self.traffic.fence.check()
        client = self.account.script(self.script).settings
        self.settings_written = True
        write_and_confirm(
            lambda: client.write(settings, parts), lambda: False, self.recorder.pauses()
        )
