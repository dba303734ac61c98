"""The way back: what was live before a change is made live again, if the change did not end well.

What is live is read from Cloudflare and never concluded from an exit code or a lost answer. The way
back depends on nothing else: no record, message, terminal or lock is waited for.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial

from edgefleet.cloudflare.account import Account
from edgefleet.cloudflare.confirmed_write import poll_for_result, refused, write_and_confirm
from edgefleet.cloudflare.envelope import ApiError
from edgefleet.cloudflare.error_codes import NO_SUCH_SCRIPT
from edgefleet.cloudflare.models import Deployment, LiveState, TrafficShare
from edgefleet.cloudflare.settings import differing
from edgefleet.core.signals import Cancellation, defer_signals
from edgefleet.deploy.custom_domains import restore_custom_domains
from edgefleet.deploy.recovery import recovery_commands, what_is_live
from edgefleet.deploy.traffic import Traffic, all_to, foreign_deployment
from edgefleet.errors import CloudflareError, EdgefleetError, RestoreError, TargetBusyError
from edgefleet.http.retry import looks
from edgefleet.records.models import Phase
from edgefleet.records.recorder import Recorder
from edgefleet.records.signature import RESTORED

OUR_SETTINGS = "its triggers and settings may be those of this run"
UNDERWAY = "what was live is being put back; this cannot be interrupted"


@dataclass(frozen=True, slots=True)
class Restore:
    """What was live of one script, and what may be in its place."""

    traffic: Traffic
    before: LiveState
    landed: Callable[[], str | None] | None
    """Reads whether what is live is what was uploaded; None where no upload is live at once."""
    transferred: tuple[str, ...] = ()
    """The scripts that gave Durable Objects to the script that was made."""

    def undo(self, error: Exception | None) -> str:
        """Put back what was live, if it is not; say how it is now.

        What somebody else deployed meanwhile is left: raises `TargetBusyError` then, where `error`
        did not say so already. Raises `RestoreError` where what was live cannot be put back.
        No wish to stop breaks it: half a restore is worse than a late one. What ends the run is
        marked with it, for whoever would go on with other targets.
        """
        wish = Cancellation()
        with _marked(error, wish), defer_signals(wish, f"  note: {self._name}: {UNDERWAY}"):
            try:
                return self._put_back(error)
            except EdgefleetError:
                raise
            except (Exception, KeyboardInterrupt) as broken:
                why = f"{type(broken).__name__}: {broken}".rstrip(": ")
                raise self._not_restored(why) from broken

    def _put_back(self, error: Exception | None) -> str:
        now = self._reread(error)
        as_before = now == self.before.deployment and not self.traffic.unseen
        if as_before and not (now and self._set_already):
            return "nothing was changed"
        if now and not self._ours(now, error):
            return self._theirs(now, error)
        with self._recorder.restoring() as step:
            self._restore(now)
            step.note = _state(self.before)
        return _state(self.before)

    def _reread(self, error: Exception | None) -> Deployment | None:
        """Read what is live; an upload whose answer was lost may change that a little later."""
        phase = self._recorder.record.phase
        try:
            if self.landed and phase is Phase.UPLOAD and isinstance(error, CloudflareError):
                poll_for_result(error, self._moved, self._recorder.wait)
            return self.traffic.now()
        except CloudflareError as unread:
            raise self._unread(unread) from unread

    def _moved(self) -> bool:
        return self._account.deployment(self._name) != self.before.deployment

    def _ours(self, now: Deployment, error: Exception | None) -> bool:
        """Whether what is live came of this change, or is what it would go back to.

        That it names our version is no proof: a rollback's may be given by somebody else, too.
        """
        if now == self.before.deployment or now.versions in (self._back, *self.traffic.sent):
            return True
        return self._uploaded(error)

    def _uploaded(self, error: Exception | None) -> bool:
        """Whether what is live came of an upload that was given up: its version is not known.

        A refused one made nothing live, and the same files may have come from somebody else.
        """
        if self.landed is None or self._recorder.record.version_id or refused(error):
            return False
        try:
            return self.landed() is not None
        except EdgefleetError as unread:
            raise self._unread(unread) from unread

    def _theirs(self, now: Deployment, error: Exception | None) -> str:
        """Leave what somebody else deployed; whatever failed here, failed beside that."""
        beside = f"; {OUR_SETTINGS}" if self._set_already else ""
        if isinstance(error, EdgefleetError) and not isinstance(error, TargetBusyError):
            raise foreign_deployment(self._recorder.record, now, beside) from error
        return f"version {now.main_version} is live, as somebody else deployed it{beside}"

    @property
    def _back(self) -> tuple[TrafficShare, ...]:
        """What a restore goes back to; a split that was begun by somebody ends there."""
        old = self.before.version_id
        return all_to(old) if old and not self.before.expendable else ()

    @property
    def _set_already(self) -> bool:
        return Phase.SETTINGS in self._recorder.record.seconds

    @property
    def _account(self) -> Account:
        return self.traffic.account

    @property
    def _name(self) -> str:
        return self.traffic.name

    @property
    def _recorder(self) -> Recorder:
        return self.traffic.recorder

    def _restore(self, now: Deployment | None) -> None:
        """Put everything back; hosts that cannot be given back keep nothing else from it."""
        live = _tried(partial(self._live_back, now)) if self._back else None
        hosts = _tried(self._hosts_back)
        if not self._back:  # after the hosts, which would go with the script that is removed
            live = _tried(partial(self._live_back, now))
        settings = _tried(self._settings_back) if live is None else None
        failed = [error for error in (live, settings, hosts) if error]
        if failed:
            raise RestoreError(
                "; ".join(error.message for error in failed),
                hint="; ".join(error.hint for error in failed),
            ) from failed[0]

    def _live_back(self, now: Deployment | None) -> None:
        if now == self.before.deployment and not self.traffic.unseen:
            return
        try:
            self._traffic_back(now)
        except CloudflareError as error:
            raise self._not_restored(error.message) from error

    def _hosts_back(self) -> None:
        restore_custom_domains(self._account, self._name, self.before.held, self._recorder)

    def _traffic_back(self, now: Deployment | None) -> None:
        if not self._back:
            self._remove()
        elif now is None or now.versions != self._back or self.traffic.unseen:
            self.traffic.last = now
            self.traffic.give(self._back, RESTORED, restoring=True)

    def _remove(self) -> None:
        if self.transferred:
            raise CloudflareError(
                f"it holds the Durable Objects of {', '.join(self.transferred)}, which would be "
                "destroyed with it"
            )

        def delete() -> None:
            try:
                self._account.open(self._name).delete()
            except ApiError as error:
                if not set(error.codes) & set(NO_SUCH_SCRIPT):
                    raise

        def gone() -> bool:
            return self._account.deployment(self._name) is None

        write_and_confirm(delete, gone, self._recorder.pauses(restoring=True))
        if not any(looks(gone, self._recorder.wait)):
            raise CloudflareError("Cloudflare still shows the script that was removed")

    def _settings_back(self) -> None:
        """Write what is not as it was, and nothing else: that might be what cannot be written."""
        if not self._back or not (self.landed or self._set_already):
            return
        was = self.before.settings
        try:
            parts = differing(was, self._account.settings(self._name))
            script = self._account.open(self._name)
            pauses = self._recorder.pauses(restoring=True)
            write_and_confirm(lambda: script.set(was, parts), lambda: False, pauses)
        except CloudflareError as error:
            raise RestoreError(
                f"{self._name}: version {self.before.version_id} is live again, but not its "
                f"triggers and settings: {error.message}",
                hint="set them in the dashboard, or write those of the files: "
                f"{recovery_commands(self._recorder.record, self.before)}",
            ) from error

    def _unread(self, error: EdgefleetError) -> RestoreError:
        return RestoreError(
            f"{self._name}: its state cannot be read: {error.message}",
            hint="see what is live in the dashboard; once Cloudflare answers: "
            f"{recovery_commands(self._recorder.record, self.before)}",
        )

    def _not_restored(self, why: str) -> RestoreError:
        old = self.before.version_id
        what = f"version {old} could not be restored" if old else "the script cannot be removed"
        return RestoreError(
            f"{self._name}: {what}: {why}; {what_is_live(self._account, self._name)}",
            hint=recovery_commands(self._recorder.record, self.before, keep=bool(self.transferred)),
        )


def _tried(step: Callable[[], None]) -> RestoreError | None:
    """Take one step of the way back; return why it could not be taken."""
    try:
        step()
    except RestoreError as error:
        return error
    return None


@contextmanager
def _marked(error: Exception | None, wish: Cancellation) -> Iterator[None]:
    try:
        yield
    except EdgefleetError as other:
        error = other
        raise
    finally:
        if isinstance(error, EdgefleetError):
            error.interrupted = wish.ordered


def _state(before: LiveState) -> str:
    if before.expendable:
        return "the draft script was removed, with its secrets: set them again before a deploy"
    if before.draft:
        return "the draft script is live again, with its secrets: no release is deployed"
    if before.version_id:
        return f"version {before.version_id} is live again, as before"
    return "the script did not exist before; it was removed again, with its Durable Objects"
