"""Make live again what was live before a change that failed.

What is live is read from Cloudflare, never concluded from an exit code or a lost response. A
restore waits for nothing else: no record, no terminal, no lock.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import NamedTuple

from edgefleet.cloudflare.confirmed_write import poll_for_result, refused, write_and_confirm
from edgefleet.cloudflare.models import Deployment
from edgefleet.cloudflare.settings import apart, differing
from edgefleet.core.signals import Cancellation, defer_signals
from edgefleet.deploy.d1_migrations import migrated_text
from edgefleet.deploy.recovery import (
    history_command,
    recovery_commands,
    restored_state,
    what_is_live,
)
from edgefleet.deploy.restoring.custom_domains import restore_custom_domains
from edgefleet.deploy.restoring.script_removal import remove_script
from edgefleet.deploy.script_change import ScriptChange
from edgefleet.deploy.traffic import Split, all_to, foreign_deployment
from edgefleet.errors import (
    CloudflareError,
    EdgefleetError,
    RestoreError,
    TargetBusyError,
)
from edgefleet.locks.lease import LockLost
from edgefleet.records.models import Phase

OWN_SETTINGS = "its triggers and settings may be those of this run"
UNTOUCHED = "nothing was changed"
IN_PROGRESS = "what was live is being restored; this cannot be interrupted"


class RestoreResult(NamedTuple):
    """How a restore ended."""

    state: str
    """What is live now, for a message."""
    interrupted: bool
    """Whether a signal asked to stop meanwhile."""

    @property
    def untouched(self) -> bool:
        """Whether there was nothing to restore."""
        return self.state == UNTOUCHED


@dataclass(frozen=True, slots=True)
class Restore:
    """Makes live again what was live before one change."""

    change: ScriptChange

    def run(self, error: Exception | None) -> RestoreResult:
        """Restore what was live, if it is not; `error` ended the change, None: a signal did.

        A deployment of another run or tool stays; raises `TargetBusyError` then, unless `error`
        says it already. Raises `RestoreError` if what was live cannot be restored. Signals are
        deferred until the restore has ended; each error says whether one arrived.
        """
        signal = Cancellation()
        note = f"  note: {self.change.script}: {IN_PROGRESS}"
        try:
            with defer_signals(signal, note):
                state = self._restore_or_explain(error)
        except EdgefleetError as failed:
            raise failed.amended(interrupted=signal.requested) from failed
        return RestoreResult(state, signal.requested)

    def _restore_or_explain(self, error: Exception | None) -> str:
        try:
            return f"{self._restore_if_changed(error)}{self._lasting()}"
        except EdgefleetError:
            raise
        except (Exception, KeyboardInterrupt) as broken:
            why = f"{type(broken).__name__}: {broken}".rstrip(": ")
            raise self._not_restored(why) from broken

    def _lasting(self) -> str:
        """Return what no restore undoes, as the end of a message."""
        applied = migrated_text(self.change)
        return f"; D1 migrations stay applied: {applied}" if applied else ""

    def _restore_if_changed(self, error: Exception | None) -> str:
        before, change = self.change.before, self.change
        live = self._read(error)
        as_before = live == before.deployment and not change.traffic.unconfirmed
        if as_before and not (live and change.settings_written):
            return "nothing else was changed" if change.migrated else UNTOUCHED
        if live and not self._is_own_deployment(live, error):
            return self._keep_foreign_deployment(live, error)
        with change.recorder.restoring() as step:
            self._restore_all(live)
            step.note = restored_state(before)
        return restored_state(before)

    def _read(self, error: Exception | None) -> Deployment | None:
        """Read what is live; an upload whose response was lost may change it a little later."""
        change = self.change
        uploading = change.recorder.record.phase is Phase.UPLOAD
        try:
            if change.find_live_upload and uploading and isinstance(error, CloudflareError):
                poll_for_result(error, self._changed, change.recorder.wait)
            return change.traffic.deployment()
        except CloudflareError as unread:
            raise self._unread(unread) from unread

    def _changed(self) -> bool:
        change = self.change
        deployment = change.account.script(change.script).deployments.current()
        return deployment != change.before.deployment

    def _is_own_deployment(self, live: Deployment, error: Exception | None) -> bool:
        """Whether what is live came from this change, or is what a restore goes back to.

        That it has our version proves nothing: another run may roll back to the same version.
        """
        if live == self.change.before.deployment:
            return True
        if live.versions in (self._previous_split, *self.change.traffic.applied_splits):
            return True
        return self._upload_took_effect(error)

    def _upload_took_effect(self, error: Exception | None) -> bool:
        """Whether what is live is an upload whose response was lost, so that its id is unknown.

        A refused upload made nothing live: the same files may be live from another machine.
        """
        find = self.change.find_live_upload
        if find is None or self.change.recorder.record.version_id or refused(error):
            return False
        try:
            return find() is not None
        except EdgefleetError as unread:
            raise self._unread(unread) from unread

    def _keep_foreign_deployment(self, live: Deployment, error: Exception | None) -> str:
        """Keep what another run or tool deployed; raise that, unless `error` says it already."""
        own_settings = OWN_SETTINGS if self.change.settings_written else ""
        if isinstance(error, TargetBusyError) and not isinstance(error, LockLost):
            return own_settings
        also = f"; {own_settings}" if own_settings else ""
        if isinstance(error, EdgefleetError) and not isinstance(error, LockLost):
            raise foreign_deployment(self.change.recorder.record, live, also) from error
        return f"version {live.main_version} is live, which another run or tool deployed{also}"

    @property
    def _previous_split(self) -> Split:
        """What a restore goes back to: all traffic to one version; empty: the script is removed."""
        before = self.change.before
        return all_to(before.version_id) if before.version_id and not before.expendable else ()

    def _restore_all(self, live: Deployment | None) -> None:
        """Restore traffic, hosts and settings; a host that stays lost stops none of the others."""
        traffic = _attempt(partial(self._restore_traffic, live)) if self._previous_split else None
        hosts = _attempt(self._restore_hosts)
        if not self._previous_split:  # after the hosts, which would be removed with the script
            traffic = _attempt(partial(self._restore_traffic, live))
        settings = _attempt(self._restore_settings) if traffic is None else None
        failed = [error for error in (traffic, settings, hosts) if error]
        if failed:
            raise RestoreError(
                "; ".join(error.message for error in failed),
                hint="; ".join(error.hint for error in failed),
            ) from failed[0]

    def _restore_traffic(self, live: Deployment | None) -> None:
        unconfirmed, split = self.change.traffic.unconfirmed, self._previous_split
        if live == self.change.before.deployment and not unconfirmed:
            return
        try:
            if not split:
                remove_script(self.change)
            elif live is None or live.versions != split or unconfirmed:
                force = self.change.release.allow_changed_secrets
                self.change.traffic.restore(split, live, force=force)
        except CloudflareError as error:
            raise self._not_restored(error.message) from error

    def _restore_hosts(self) -> None:
        change = self.change
        restore_custom_domains(change.account, change.script, change.before.held, change.recorder)

    def _restore_settings(self) -> None:
        """Write only the settings that differ: the token may be unable to write the others."""
        change, settings = self.change, self.change.before.settings
        if not self._previous_split or not (change.find_live_upload or change.settings_written):
            return
        try:
            script = change.account.script(change.script)
            wanted = change.release.settings or settings
            live = script.settings.read(apart(settings) | apart(wanted))
            parts = differing(settings, live)
            pauses = change.recorder.pauses(restoring=True)
            write_and_confirm(lambda: script.settings.write(settings, parts), lambda: False, pauses)
        except CloudflareError as error:
            raise RestoreError(
                f"{change.script}: version {change.before.version_id} is live again, but not its "
                f"triggers and settings: {error.message}",
                hint="set them in the dashboard, or write those of the files: "
                f"{recovery_commands(change.recorder.record, change.before)}",
            ) from error

    def _unread(self, error: EdgefleetError) -> RestoreError:
        record = self.change.recorder.record
        return RestoreError(
            f"{self.change.script}: what is live cannot be read: {error.message}",
            hint=f"once Cloudflare answers: {history_command(record)}; "
            f"{recovery_commands(record, self.change.before)}",
        )

    def _not_restored(self, why: str) -> RestoreError:
        change, version_id = self.change, self.change.before.version_id
        failed = (
            f"version {version_id} could not be restored"
            if version_id
            else "the script cannot be removed"
        )
        return RestoreError(
            f"{change.script}: {failed}: {why}; {what_is_live(change.account, change.script)}",
            hint=recovery_commands(
                change.recorder.record,
                change.before,
                keep_script=bool(change.release.transferred),
            ),
        )


def _attempt(step: Callable[[], None]) -> RestoreError | None:
    """Take one step of a restore; return its error."""
    try:
        step()
    except RestoreError as error:
        return error
    return None
