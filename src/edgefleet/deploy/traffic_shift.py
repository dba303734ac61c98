"""One script's traffic and settings on their way to a version, and back again if it is not proved.

    canary (0 %, probed by name) -> traffic (100 %) -> health -> settings [-> health elsewhere]

What happened is read from Cloudflare and never concluded from an exit code or a lost answer.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Protocol

from edgefleet.cloudflare.confirmed_write import write_and_confirm
from edgefleet.cloudflare.envelope import ApiError
from edgefleet.cloudflare.error_codes import HOST_HAS_DNS_RECORD
from edgefleet.cloudflare.models import LiveState, ScriptSettings, TrafficShare
from edgefleet.cloudflare.settings import EVERY_TOKENS, differing, without_record
from edgefleet.config.worker_urls import HealthUrls
from edgefleet.deploy.restore import Restore
from edgefleet.deploy.traffic import Traffic, all_to
from edgefleet.errors import EdgefleetError, Interrupted
from edgefleet.locks.lease import LockLost
from edgefleet.records.models import Phase
from edgefleet.records.recorder import Recorder


class CheckHealth(Protocol):
    """Probes a version below a URL; raises `UnhealthyError`."""

    def __call__(self, version_id: str, url: str, *, pinned: bool) -> None:
        """Ask for this version by name (`pinned`), or as any visitor would get it."""
        ...


@dataclass(frozen=True, slots=True)
class TrafficShift:
    """What is live, and what is to be: a version's settings, and how it shows itself."""

    traffic: Traffic
    before: LiveState
    settings: ScriptSettings | None
    """Triggers, switches and settings to make; None leaves them as they are."""
    message: str
    prove: CheckHealth
    addresses: HealthUrls
    """Where a version can be asked, before and after the settings are made."""
    landed: Callable[[], str | None] | None = None
    """Reads whether what is live is what was uploaded; None where no upload is live at once."""
    transferred: tuple[str, ...] = ()
    """The scripts that gave Durable Objects to a script which is made: it cannot be removed."""

    @contextmanager
    def guarded(self) -> Iterator[None]:
        """Make what was live before live again, if the block does not come to its end."""
        self.recorder.set(previous_version_id=self.before.version_id)
        try:
            yield
        except KeyboardInterrupt:
            phase = self.recorder.record.phase
            left = self._undo(None)
            raise Interrupted(f"interrupted during {phase}; {left}") from None
        except Exception as error:
            left = self._undo(error)
            if isinstance(error, EdgefleetError):
                error.hint = "; ".join(filter(None, (left, error.hint)))
            else:  # whoever shows a fault of ours shows its notes
                error.add_note(left)
            raise

    def _undo(self, error: Exception | None) -> str:
        """Put back what was live; what another run holds is left to that run."""
        taken = self._taken()
        if taken is None:
            return self._restore.undo(error)
        self.recorder.say(f"  note: nothing is put back: {taken.message}")
        if isinstance(error, LockLost):
            return "nothing was put back; see what that run did: edgefleet history"
        raise taken from error

    def _taken(self) -> LockLost | None:
        """Return that another run has the target now, if the remote says so soon.

        Whatever breaks that look, a signal or a full disk, keeps nothing from being put back.
        """
        try:
            return self.traffic.fence.lost_to()
        except (Exception, KeyboardInterrupt):  # noqa: BLE001 - the way back depends on nothing
            return None

    def to(self, version_id: str) -> None:
        """Give a version everything, after it was proved with nothing, or with what it has."""
        old, (now, then) = self.before.version_id, self.addresses
        assert old is not None  # noqa: S101 - a script without a deployment goes the whole way
        if now is None:
            # Nobody sees what its settings do, and without them nothing could be proved.
            self.unmoved()
            self.apply_settings()
            replace(self, settings=None, addresses=HealthUrls(then, then)).to(version_id)
            return
        with self.recorder.phase(Phase.CANARY) as step:
            self.unmoved()
            if version_id != old:
                beside = (*all_to(old), TrafficShare(version_id=version_id, percentage=0))
                self.traffic.give(beside, self.message)
            self.prove(version_id, now, pinned=True)
            step.note = "healthy" + " at 0 %: no visitor saw it yet" * (version_id != old)
        with self.recorder.phase(Phase.TRAFFIC) as step:
            self.unmoved()
            self.traffic.give(all_to(version_id), self.message)
            step.note = "100 %"
        self.finish(version_id)

    def finish(self, version_id: str) -> None:
        """Prove a version that has everything, and make its settings; where they move it, too."""
        now, then = self.addresses
        if now:
            self._check(version_id, now)
        self.apply_settings()
        if now != then:
            self._check(version_id, then)

    def check(self, version_id: str) -> None:
        """Prove a version as any visitor would get it, once its settings are made."""
        self._check(version_id, self.addresses.then)

    def _check(self, version_id: str, url: str) -> None:
        with self.recorder.phase(Phase.HEALTH):
            self.prove(version_id, url, pinned=False)

    def apply_settings(self) -> None:
        """Make triggers, switches and settings as they are to be."""
        wanted = self.settings
        if wanted is None:
            return
        parts = EVERY_TOKENS | differing(wanted, self.before.settings)
        with self.recorder.phase(Phase.SETTINGS):
            self.traffic.fence.check()
            script = self.traffic.account.open(self.traffic.name)
            try:
                write_and_confirm(
                    lambda: script.set(wanted, parts), lambda: False, self.recorder.pauses()
                )
            except ApiError as error:
                if HOST_HAS_DNS_RECORD in error.codes:
                    error.hint = without_record(wanted, self.before.settings, error.message)
                raise

    def unmoved(self) -> None:
        """Make sure that nobody else deployed since traffic was looked at last."""
        self.traffic.unmoved()

    @property
    def recorder(self) -> Recorder:
        """The recorder of the run."""
        return self.traffic.recorder

    @property
    def _restore(self) -> Restore:
        return Restore(self.traffic, self.before, self.landed, self.transferred)
