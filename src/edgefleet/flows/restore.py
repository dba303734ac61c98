"""The way back: what was live before a change is made live again, if the change did not end well.

What is live is read from Cloudflare and never concluded from an exit code or a lost answer.
"""

from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial

from edgefleet.errors import CloudflareError, EdgefleetError, RestoreError, TargetBusyError
from edgefleet.flows.journal import Journal
from edgefleet.flows.settle import look_again, settled
from edgefleet.model.live import Deployment, Live, Share
from edgefleet.model.record import Phase
from edgefleet.ports.account import Account
from edgefleet.ports.envelope import ApiError
from edgefleet.ports.halt import Halt, unbroken
from edgefleet.ports.script import Script
from edgefleet.rules.settings import differing
from edgefleet.rules.signature import RESTORED

WHOLE = 100.0
OUR_SETTINGS = "its triggers and settings may be those of this run"
UNDERWAY = "what was live is being put back; this cannot be interrupted"


@dataclass(frozen=True, slots=True)
class Restore:
    """What was live of one script, and what may be in its place."""

    account: Account
    name: str
    journal: Journal
    before: Live
    force: bool
    """Whether a version may get traffic though secrets were changed since it was made."""
    sent: Collection[tuple[Share, ...]]
    """What this change gave the traffic, or tried to."""
    landed: Callable[[], str | None] | None
    """Reads whether what is live is what was uploaded; None where no upload is live at once."""

    def undo(self, error: Exception | None) -> str:
        """Put back what was live, if it is not; say how it is now.

        What somebody else deployed meanwhile is left: raises `TargetBusyError` then, where `error`
        did not say so already. Raises `RestoreError` where what was live cannot be put back.
        No wish to stop breaks it: half a restore is worse than a late one. What ends the run is
        marked with it, for whoever would go on with other targets.
        """
        wish = Halt()
        with _marked(error, wish), unbroken(wish, f"  note: {self.name}: {UNDERWAY}"):
            try:
                return self._put_back(error)
            except EdgefleetError:
                raise
            except (Exception, KeyboardInterrupt) as broken:
                why = f"{type(broken).__name__}: {broken}".rstrip(": ")
                raise self._not_restored(why) from broken

    def _put_back(self, error: Exception | None) -> str:
        now = self._reread(error)
        if now == self.before.deployment and not (now and self._set_already):
            return "nothing was changed"
        if now and not self._ours(now, error):
            return self._theirs(now, error)
        with self.journal.phase(Phase.RESTORE) as step:
            self._restore(now)
            step.note = _state(self.before)
        return _state(self.before)

    def _reread(self, error: Exception | None) -> Deployment | None:
        """Read what is live; an upload whose answer was lost may change that a little later."""
        phase = self.journal.record.phase
        try:
            if self.landed and phase is Phase.UPLOAD and isinstance(error, CloudflareError):
                look_again(error, self._moved, self.journal.wait)
            return self.account.deployment(self.name)
        except CloudflareError as unread:
            raise self._unread(unread) from unread

    def _moved(self) -> bool:
        return self.account.deployment(self.name) != self.before.deployment

    def _ours(self, now: Deployment, error: Exception | None) -> bool:
        """Whether what is live came of this change, or is what it would go back to.

        That it names our version is no proof: a rollback's may be given by somebody else, too.
        """
        if now == self.before.deployment or now.versions in (self._back, *self.sent):
            return True
        return self._uploaded(error)

    def _uploaded(self, error: Exception | None) -> bool:
        """Whether what is live came of an upload that was given up: its version is not known.

        A refused one made nothing live, and the same files may have come from somebody else.
        """
        if self.landed is None or self.journal.record.version_id or refused(error):
            return False
        try:
            return self.landed() is not None
        except EdgefleetError as unread:
            raise self._unread(unread) from unread

    def _theirs(self, now: Deployment, error: Exception | None) -> str:
        """Leave what somebody else deployed; whatever failed here, failed beside that."""
        beside = f"; {OUR_SETTINGS}" if self._set_already else ""
        if isinstance(error, EdgefleetError) and not isinstance(error, TargetBusyError):
            raise overtaken(self.name, now, beside) from error
        return f"version {now.main_version} is live, as somebody else deployed it{beside}"

    @property
    def _back(self) -> tuple[Share, ...]:
        """What a restore goes back to; a split that was begun by somebody ends there."""
        old = self.before.version_id
        return all_to(old) if old else ()

    @property
    def _set_already(self) -> bool:
        return Phase.SETTINGS in self.journal.record.seconds

    @property
    def _script(self) -> Script:
        return self.account.open(self.name)

    def _restore(self, now: Deployment | None) -> None:
        old = self.before.version_id
        if now != self.before.deployment:
            try:
                self._traffic_back()
            except CloudflareError as error:
                raise self._not_restored(error.message) from error
        if old and (self.landed or self._set_already):
            try:
                self._settings_back()
            except CloudflareError as error:
                raise RestoreError(
                    f"{self.name}: version {old} is live again, but not its triggers and "
                    f"settings: {error.message}",
                    hint="a person is needed: set them in the dashboard; see what differs from "
                    "the files with 'edgefleet plan'",
                ) from error
        if self.before.held:
            self._hosts_back()

    def _traffic_back(self) -> None:
        def back() -> None:
            if self._back:
                self._script.deploy(self._back, RESTORED, force=self.force)
            else:
                self._script.delete()

        if self.account.traffic(self.name) != self._back:
            settled(back, lambda: self.account.traffic(self.name) == self._back, self.journal.wait)
        if self.account.traffic(self.name) != self._back:
            raise CloudflareError("Cloudflare shows another deployment")

    def _settings_back(self) -> None:
        """Write what is not as it was, and nothing else: that might be what cannot be written."""
        was = self.before.settings
        parts = differing(was, self.account.settings(self.name))
        settled(lambda: self._script.set(was, parts), lambda: False, self.journal.wait)

    def _hosts_back(self) -> None:
        """Give custom domains back to the scripts that had them before this change."""
        names = [one.hostname for one in self.before.held]
        for held in self.before.held:
            attach = partial(self.account.attach, held)
            try:
                if held not in self.account.held(names, self.name):
                    settled(attach, lambda: False, self.journal.wait)
            except CloudflareError as error:
                raise RestoreError(
                    f"{self.name}: {_state(self.before)}, but the host {held.hostname} is not "
                    f"back at {held.script}: {error.message}",
                    hint=f"attach {held.hostname} to {held.script} in the dashboard, under "
                    "Settings, Domains & Routes",
                ) from error

    def _unread(self, error: EdgefleetError) -> RestoreError:
        return RestoreError(
            f"{self.name}: its state cannot be read: {error.message}",
            hint="see what is live in the dashboard; then deploy or roll back",
        )

    def _not_restored(self, why: str) -> RestoreError:
        old = self.before.version_id
        return RestoreError(
            f"{self.name}: {f'version {old}' if old else 'no script'} could not be restored: {why}",
            hint="a person is needed: choose the version in the dashboard, or with "
            f"'wrangler versions deploy --name {self.name}'",
        )


@contextmanager
def _marked(error: Exception | None, wish: Halt) -> Iterator[None]:
    try:
        yield
    except EdgefleetError as other:
        error = other
        raise
    finally:
        if isinstance(error, EdgefleetError):
            error.interrupted = wish.ordered


def all_to(version_id: str) -> tuple[Share, ...]:
    """Return the shares in which a version has all of the traffic."""
    return (Share(version_id=version_id, percentage=WHOLE),)


def refused(error: Exception | None) -> bool:
    """Whether Cloudflare said no to a change: it was not made."""
    return isinstance(error, ApiError) and not error.passing


def overtaken(name: str, now: Deployment | None, beside: str = "") -> TargetBusyError:
    """Say that somebody else deployed since the target was observed, and what else there is."""
    return TargetBusyError(
        f"{name}: somebody else deployed in the meantime: "
        f"{now.main_version if now else 'nothing'} is live now{beside}",
        hint="look at the plan again: edgefleet plan",
    )


def _state(before: Live) -> str:
    if before.version_id:
        return f"version {before.version_id} is live again, as before"
    return "the script did not exist before, and was removed"
