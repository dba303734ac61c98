"""The way back: what was live before a change is made live again, if the change did not end well.

What is live is read from Cloudflare and never concluded from an exit code or a lost answer.
"""

from dataclasses import dataclass

from edgefleet.errors import CloudflareError, EdgefleetError, RestoreError, TargetBusyError
from edgefleet.flows.journal import Journal
from edgefleet.flows.settle import look_again, settled
from edgefleet.model.live import Deployment, Live, Settings, Share
from edgefleet.model.record import Phase
from edgefleet.ports.account import Account
from edgefleet.ports.halt import unbroken
from edgefleet.ports.script import Script

WHOLE = 100.0
UNDERWAY = "what was live is being put back; this cannot be interrupted"


@dataclass(frozen=True, slots=True)
class Restore:
    """What was live of one script, and what may be in its place."""

    account: Account
    name: str
    journal: Journal
    before: Live
    settings: Settings | None
    """Those that may have been made; None where none were to be."""
    force: bool
    """Whether a version may get traffic though secrets were changed since it was made."""
    at_once: bool
    """Whether an upload makes its version live, before anybody knows which one it is."""

    def undo(self, error: Exception | None) -> str:
        """Put back what was live, if it is not; say how it is now.

        What somebody else deployed meanwhile is left: raises `TargetBusyError` then, where `error`
        did not say so already. Raises `RestoreError` where what was live cannot be put back.
        No wish to stop breaks it: half a restore is worse than a late one.
        """
        try:
            with unbroken(f"  note: {self.name}: {UNDERWAY}"):
                return self._put_back(error)
        except EdgefleetError:
            raise
        except (Exception, KeyboardInterrupt) as broken:
            why = f"{type(broken).__name__}: {broken}".rstrip(": ")
            raise self._not_restored(why) from broken

    def _put_back(self, error: Exception | None) -> str:
        now = self._reread(error)
        set_already = Phase.SETTINGS in self.journal.record.seconds
        if now == self.before.deployment and not (now and set_already):
            return "nothing was changed"
        if now and not self._ours(now):
            return self._theirs(now, error)
        with self.journal.phase(Phase.RESTORE) as step:
            self._restore()
            step.note = _state(self.before)
        return _state(self.before)

    def _reread(self, error: Exception | None) -> Deployment | None:
        """Read what is live; an upload whose answer was lost may change that a little later."""
        phase = self.journal.record.phase
        try:
            if self.at_once and phase is Phase.UPLOAD and isinstance(error, CloudflareError):
                look_again(error, self._moved, self.journal.wait)
            return self.account.deployment(self.name)
        except CloudflareError as unread:
            raise RestoreError(
                f"{self.name}: its state cannot be read: {unread.message}",
                hint="see what is live in the dashboard; then deploy or roll back",
            ) from unread

    def _moved(self) -> bool:
        return self.account.deployment(self.name) != self.before.deployment

    def _ours(self, now: Deployment) -> bool:
        """Whether what is live came of this change, or is what it would go back to."""
        new = self.journal.record.version_id
        if new is None:  # an upload was given up; its version is live if it goes live at once
            return self.at_once
        return now.names(new) or now.versions == self._back

    def _theirs(self, now: Deployment, error: Exception | None) -> str:
        """Leave what somebody else deployed; whatever failed here, failed beside that."""
        left = f"version {now.main_version} is live, as somebody else deployed it"
        if isinstance(error, EdgefleetError) and not isinstance(error, TargetBusyError):
            raise overtaken(self.name, now) from error
        return left

    @property
    def _back(self) -> tuple[Share, ...]:
        """What a restore goes back to; a split that was begun by somebody ends there."""
        old = self.before.version_id
        return (Share(version_id=old, percentage=WHOLE),) if old else ()

    @property
    def _script(self) -> Script:
        return self.account.open(self.name)

    def _shares(self) -> tuple[Share, ...]:
        now = self.account.deployment(self.name)
        return now.versions if now else ()

    def _restore(self) -> None:
        before, wait = self.before, self.journal.wait
        try:
            if before.deployment is None:
                settled(self._script.delete, lambda: not self._shares(), wait)
            else:
                if self._shares() != self._back:
                    settled(
                        lambda: self._script.deploy(
                            self._back, "edgefleet: restore", force=self.force
                        ),
                        lambda: self._shares() == self._back,
                        wait,
                    )
                now = self.settings or before.settings
                settled(lambda: self._script.set(before.settings, now), lambda: False, wait)
            after = self._shares()
        except CloudflareError as error:
            raise self._not_restored(error.message) from error
        if after != self._back:
            raise self._not_restored("Cloudflare shows another deployment")

    def _not_restored(self, why: str) -> RestoreError:
        old = self.before.version_id
        return RestoreError(
            f"{self.name}: {f'version {old}' if old else 'no script'} could not be restored: {why}",
            hint="a person is needed: choose the version in the dashboard, or with "
            f"'wrangler versions deploy --name {self.name}'",
        )


def overtaken(name: str, now: Deployment | None) -> TargetBusyError:
    """Say that somebody else deployed since the target was observed."""
    return TargetBusyError(
        f"{name}: somebody else deployed in the meantime: "
        f"{now.main_version if now else 'nothing'} is live now",
        hint="look at the plan again: edgefleet plan",
    )


def _state(before: Live) -> str:
    if before.version_id:
        return f"version {before.version_id} is live again, as before"
    return "the script did not exist before, and was removed"
