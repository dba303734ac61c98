"""From what is live to a new version that is proved; what is not proved is taken back.

    version:  upload -> canary (0 %, probed by name) -> traffic (100 %) -> health -> settings
    whole:    upload (live at once) -> settings -> health
    settings: settings -> health

What happened is read from Cloudflare and never concluded from an exit code or a lost answer.
"""

from dataclasses import dataclass
from typing import Protocol

from edgefleet.errors import (
    CloudflareError,
    EdgefleetError,
    Interrupted,
    RestoreError,
    TargetBusyError,
)
from edgefleet.flows.engines import Engine
from edgefleet.flows.journal import Journal
from edgefleet.flows.settle import settled
from edgefleet.model.live import Live, Settings, Share
from edgefleet.model.plan import Course
from edgefleet.model.record import Phase
from edgefleet.ports.account import Account
from edgefleet.ports.script import Script

WHOLE = 100.0


class Prove(Protocol):
    """Probes a version; raises `UnhealthyError`."""

    def __call__(self, version_id: str, *, pinned: bool) -> None:
        """Ask for this version by name (`pinned`), or as any visitor would get it."""
        ...


@dataclass(frozen=True, slots=True)
class Release:
    """What is to go live, and how it shows itself."""

    engine: Engine
    settings: Settings
    tag: str
    message: str
    prove: Prove


@dataclass(frozen=True, slots=True)
class Rollout:
    """One script's way to a release."""

    account: Account
    name: str
    journal: Journal
    before: Live
    release: Release

    def run(self, course: Course) -> None:
        """End with the release live and proved, or raise with what was live before live again."""
        self.journal.note(previous_version_id=self.before.version_id)
        try:
            if course in (Course.FIRST, Course.MIGRATION):
                self._whole()
            elif course is Course.SETTINGS:
                self._unversioned()
            else:
                self._version()
        except KeyboardInterrupt:
            left = self._undo()
            raise Interrupted(f"interrupted during {self.journal.record.phase}; {left}") from None
        except Exception as error:
            left = self._undo()
            if isinstance(error, EdgefleetError):
                error.hint = left
            raise

    def _whole(self) -> None:
        with self.journal.phase(Phase.UPLOAD) as step:
            version_id = self.release.engine.whole()
            self.journal.note(version_id=version_id)
            self._expect((Share(version_id=version_id, percentage=WHOLE),))
            step.note = f"version {version_id}"
        self._settings()
        with self.journal.phase(Phase.HEALTH):
            self.release.prove(version_id, pinned=False)

    def _version(self) -> None:
        old = self.before.version_id
        assert old is not None  # noqa: S101 - a script without a deployment goes the whole way
        with self.journal.phase(Phase.UPLOAD) as step:
            version_id = self._uploaded()
            self.journal.note(version_id=version_id)
            step.note = f"version {version_id}"
        with self.journal.phase(Phase.CANARY) as step:
            self._unmoved()
            self._traffic(
                (
                    Share(version_id=old, percentage=WHOLE),
                    Share(version_id=version_id, percentage=0),
                )
            )
            self.release.prove(version_id, pinned=True)
            step.note = "healthy at 0 %: no visitor saw it yet"
        with self.journal.phase(Phase.TRAFFIC) as step:
            self._traffic((Share(version_id=version_id, percentage=WHOLE),))
            step.note = "100 %"
        with self.journal.phase(Phase.HEALTH):
            self.release.prove(version_id, pinned=False)
        self._settings()

    def _unversioned(self) -> None:
        live = self.before.version_id
        assert live is not None  # noqa: S101 - a script without a deployment goes the whole way
        self.journal.note(version_id=live)
        self._settings()
        with self.journal.phase(Phase.HEALTH):
            self.release.prove(live, pinned=False)

    def _uploaded(self) -> str:
        try:
            return self.release.engine.version(self.release.tag, self.release.message)
        except CloudflareError:
            # The upload may have happened all the same: it is looked for before it is given up.
            found = self.account.version_with_tag(self.name, self.release.tag, self.before.newest)
            if found is None:
                raise
            return found

    def _unmoved(self) -> None:
        now = self.account.deployment(self.name)
        if now != self.before.deployment:
            raise TargetBusyError(
                f"{self.name}: somebody else deployed in the meantime: "
                f"{now.main_version if now else 'nothing'} is live now"
            )

    def _traffic(self, shares: tuple[Share, ...]) -> None:
        settled(
            lambda: self._script.deploy(shares, self.release.message),
            lambda: self._shares() == shares,
        )
        self._expect(shares)

    def _settings(self) -> None:
        with self.journal.phase(Phase.SETTINGS):
            settled(lambda: self._script.set(self.release.settings), lambda: False)

    def _expect(self, shares: tuple[Share, ...]) -> None:
        if self._shares() != shares:
            raise CloudflareError(f"{self.name}: Cloudflare shows another deployment than it took")

    def _shares(self) -> tuple[Share, ...]:
        now = self.account.deployment(self.name)
        return now.versions if now else ()

    @property
    def _script(self) -> Script:
        return self.account.open(self.name)

    def _undo(self) -> str:
        """Put back what was live, if it is not; say how it is now."""
        try:
            now = self.account.deployment(self.name)
        except CloudflareError as error:
            raise RestoreError(
                f"{self.name}: its state cannot be read: {error.message}",
                hint="see what is live in the dashboard; then deploy or roll back",
            ) from error
        set_already = Phase.SETTINGS in self.journal.record.seconds
        if now == self.before.deployment and not set_already:
            return "nothing was changed"
        if now and self.journal.record.phase is Phase.CANARY and not now.names(self._new):
            return f"version {now.main_version} is live, as somebody else deployed it"
        with self.journal.phase(Phase.RESTORE) as step:
            self._restore()
            step.note = _state(self.before)
        return _state(self.before)

    @property
    def _back(self) -> tuple[Share, ...]:
        """What a restore goes back to; a split that was begun by somebody ends there."""
        old = self.before.version_id
        return (Share(version_id=old, percentage=WHOLE),) if old else ()

    @property
    def _new(self) -> str | None:
        return self.journal.record.version_id

    def _restore(self) -> None:
        before = self.before
        try:
            if before.deployment is None:
                settled(self._script.delete, lambda: not self._shares())
            else:
                if self._shares() != self._back:
                    settled(
                        lambda: self._script.deploy(self._back, "edgefleet: restore"),
                        lambda: self._shares() == self._back,
                    )
                settled(lambda: self._script.set(before.settings), lambda: False)
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


def _state(before: Live) -> str:
    if before.version_id:
        return f"version {before.version_id} is live again, as before"
    return "the script did not exist before, and was removed"
