"""One script's traffic and settings on their way to a version, and back again if it is not proved.

    canary (0 %, probed by name) -> traffic (100 %) -> health -> settings [-> health elsewhere]

What happened is read from Cloudflare and never concluded from an exit code or a lost answer.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Protocol

from edgefleet.errors import CloudflareError, EdgefleetError, Interrupted
from edgefleet.flows.journal import Journal
from edgefleet.flows.restore import Restore, all_to, overtaken
from edgefleet.flows.settle import settled
from edgefleet.model.live import Live, Settings, Share
from edgefleet.model.record import Phase
from edgefleet.ports.account import Account
from edgefleet.ports.script import Script
from edgefleet.rules.address import Addresses
from edgefleet.rules.settings import EVERY_TOKENS, differing


class Prove(Protocol):
    """Probes a version below a URL; raises `UnhealthyError`."""

    def __call__(self, version_id: str, url: str, *, pinned: bool) -> None:
        """Ask for this version by name (`pinned`), or as any visitor would get it."""
        ...


@dataclass(frozen=True, slots=True)
class Switch:
    """What is live, and what is to be: a version's settings, and how it shows itself."""

    account: Account
    name: str
    journal: Journal
    before: Live
    settings: Settings | None
    """Triggers, switches and settings to make; None leaves them as they are."""
    message: str
    prove: Prove
    addresses: Addresses
    """Where a version can be asked, before and after the settings are made."""
    force: bool = False
    """Whether a version may get traffic though secrets were changed since it was made."""
    landed: Callable[[], str | None] | None = None
    """Reads whether what is live is what was uploaded; None where no upload is live at once."""
    sent: list[tuple[Share, ...]] = field(default_factory=list)
    """What the traffic was given, or may have been: a restore takes back nothing else."""

    @contextmanager
    def guarded(self) -> Iterator[None]:
        """Make what was live before live again, if the block does not come to its end."""
        self.journal.keep(previous_version_id=self.before.version_id)
        try:
            yield
        except KeyboardInterrupt:
            phase = self.journal.record.phase
            left = self._restore.undo(None)
            raise Interrupted(f"interrupted during {phase}; {left}") from None
        except Exception as error:
            left = self._restore.undo(error)
            if isinstance(error, EdgefleetError):
                error.hint = left
            raise

    def to(self, version_id: str) -> None:
        """Give a version everything, after it was proved with nothing, or with what it has."""
        old, (now, then) = self.before.version_id, self.addresses
        assert old is not None  # noqa: S101 - a script without a deployment goes the whole way
        if now is None:
            # Nobody sees what its settings do, and without them nothing could be proved.
            self.unmoved()
            self.apply_settings()
            replace(self, settings=None, addresses=Addresses(then, then)).to(version_id)
            return
        with self.journal.phase(Phase.CANARY) as step:
            self.unmoved()
            beside = self.before.shares
            if version_id != old:
                beside = (*all_to(old), Share(version_id=version_id, percentage=0))
                self._traffic(beside)
            self.prove(version_id, now, pinned=True)
            step.note = "healthy" + " at 0 %: no visitor saw it yet" * (version_id != old)
        with self.journal.phase(Phase.TRAFFIC) as step:
            self._expect(beside)
            self._traffic(all_to(version_id))
            self.expect(version_id)
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
        with self.journal.phase(Phase.HEALTH):
            self.prove(version_id, url, pinned=False)

    def apply_settings(self) -> None:
        """Make triggers, switches and settings as they are to be."""
        wanted = self.settings
        if wanted is None:
            return
        parts = EVERY_TOKENS | differing(wanted, self.before.settings)
        with self.journal.phase(Phase.SETTINGS):
            settled(
                lambda: self._script.set(wanted, parts),
                lambda: False,
                self.journal.wait,
            )

    def expect(self, version_id: str) -> None:
        """Make sure that a version has all of the traffic."""
        self._expect(all_to(version_id))

    def unmoved(self) -> None:
        """Make sure that nobody else deployed since `before` was observed."""
        now = self.account.deployment(self.name)
        if now != self.before.deployment:
            raise overtaken(self.name, now)

    def _traffic(self, shares: tuple[Share, ...]) -> None:
        self.sent.append(shares)
        settled(
            lambda: self._script.deploy(shares, self.message, force=self.force),
            lambda: self.account.traffic(self.name) == shares,
            self.journal.wait,
        )

    def _expect(self, shares: tuple[Share, ...]) -> None:
        if self.account.traffic(self.name) != shares:
            raise CloudflareError(f"{self.name}: Cloudflare shows another deployment than it took")

    @property
    def _script(self) -> Script:
        return self.account.open(self.name)

    @property
    def _restore(self) -> Restore:
        return Restore(
            self.account,
            self.name,
            self.journal,
            self.before,
            force=self.force,
            sent=self.sent,
            landed=self.landed,
        )
