"""The traffic of one script: which version has which share, and what another writer deployed.

Cloudflare has no lock and no conditional write for deployments: if two writers deploy at once, both
requests succeed and the later one wins, unnoticed. So edgefleet reads the deployments after each
write: below its own must lie the one that it had read before. A deployment between the two came
from another writer, which may have reported it as live, so edgefleet restores it.
"""

from dataclasses import dataclass, field

from edgefleet.cloudflare.confirmed_write import write_and_confirm
from edgefleet.cloudflare.envelope import ApiError
from edgefleet.cloudflare.error_codes import NO_SUCH_SCRIPT
from edgefleet.cloudflare.models import Deployment, TrafficShare
from edgefleet.config.account_api import AccountApi
from edgefleet.core.model import Json
from edgefleet.errors import CloudflareError, RestoreError, TargetBusyError
from edgefleet.http.retry import poll
from edgefleet.locks.fence import Fence
from edgefleet.records.models import Record
from edgefleet.records.recorder import Recorder
from edgefleet.records.signature import RESTORED

Split = tuple[TrafficShare, ...]
"""Which versions have which share of the traffic."""

ALL_TRAFFIC = 100.0


@dataclass(slots=True)
class Traffic:
    """The traffic of one script, as one change reads and shifts it."""

    account: AccountApi
    script: str
    recorder: Recorder
    fence: Fence
    """Checked before each write: whether this run still holds the target."""
    last: Deployment | None
    """The newest deployment that this run has read or made."""
    code_update: Json = None
    """How running Durable Objects change to new code; in a restore Cloudflare decides."""
    restore_words: str = RESTORED
    """The message of a deployment that restores what was live."""
    applied_splits: list[Split] = field(default_factory=list, init=False)
    """Each split that this run deployed, or may have: a restore overwrites no other."""
    unconfirmed: bool = field(default=False, init=False)
    """Whether Cloudflare accepted a deployment that it does not show yet."""
    _older: set[str] = field(default_factory=set, init=False)
    """The ids of deployments before `last`: a list that shows one as the newest is outdated."""

    def deployment(self) -> Deployment | None:
        """Return the deployment in force; never one that is older than `last`.

        Raises `CloudflareError` if it cannot be read.
        """
        return _newest(self._recent(self.last))

    def assert_unchanged(self) -> None:
        """Make sure that this run holds the target and that no other deployment was made since.

        Raises `TargetBusyError` otherwise.
        """
        self.fence.check()
        deployment = self.deployment()
        if deployment != self.last:
            raise foreign_deployment(self.recorder.record, deployment)

    def shift(
        self, split: Split, message: str, *, force: bool = False, restoring: bool = False
    ) -> None:
        """Deploy a split, and make sure that it overwrote no deployment of another writer.

        With `force` Cloudflare takes a version though secrets were changed since it was made.
        Raises `CloudflareError` if the split cannot be deployed, and `TargetBusyError` if another
        writer deployed at the same time: that deployment is in force then.
        """
        below = self.last
        self.applied_splits.append(split)
        write_and_confirm(
            lambda: self._deploy(split, message, force=force, restoring=restoring),
            lambda: self._in_force(split, below),
            self.recorder.pauses(restoring=restoring),
        )
        self.confirm(split)

    def restore(self, split: Split, over: Deployment | None, *, force: bool = False) -> None:
        """Deploy a split that was live before, over the deployment in force; raises as `shift`."""
        self.last = over
        self.shift(split, self.restore_words, force=force, restoring=True)

    def uploaded(self, version_id: str) -> None:
        """Take note of an upload that is live at once: this run made it."""
        self.applied_splits.append(all_to(version_id))

    def confirm(self, split: Split, *, alone: bool = True) -> None:
        """Make sure that a split that Cloudflare accepted is in force, above `last`.

        Unless `alone`, the deployments may hold a second upload of this change. Raises as `shift`.
        """
        below, self.unconfirmed = self.last, True
        recent = self._recent(below, changed=True)
        newest = _newest(recent)
        if newest is None or newest == below:
            raise self._not_shown()
        if newest.versions != split:
            raise (
                self._not_shown()
                if newest.versions in self.applied_splits
                else foreign_deployment(self.recorder.record, newest)
            )
        self._advance(newest)
        foreign = self._between(recent, below) if alone else None
        if foreign:
            self._restore_foreign(foreign)
            raise foreign_deployment(self.recorder.record, foreign)

    def _not_shown(self) -> CloudflareError:
        return CloudflareError(
            f"{self.script}: Cloudflare shows another deployment than it accepted"
        )

    def _restore_foreign(self, foreign: Deployment) -> None:
        """Make a deployment live again that another writer made between our read and our write."""
        below, split = self.last, foreign.versions
        try:
            write_and_confirm(
                lambda: self._deploy(split, RESTORED, force=True, restoring=True),
                lambda: self._in_force(split, below),
                self.recorder.pauses(restoring=True),
            )
        except CloudflareError as error:
            target = self.recorder.record.target
            raise RestoreError(
                f"{self.script}: another run or tool deployed {shares_text(split)} at the same "
                f"time; it was overwritten and could not be restored: {error.message}",
                hint=f"edgefleet rollback {target.as_selector} --replace-split "
                f"--to {foreign.main_version}",
            ) from error

    def _between(
        self, recent: tuple[Deployment, ...], below: Deployment | None
    ) -> Deployment | None:
        """Return a foreign deployment above `below` and under the newest, if there is one."""
        for deployment in recent[1:]:
            if below and deployment.id == below.id:
                return None
            own = deployment.versions in self.applied_splits
            if deployment.id not in self._older and not own:
                return deployment
        return None

    def _in_force(self, split: Split, below: Deployment | None) -> bool:
        deployment = self.account.script(self.script).deployments.current()
        return deployment is not None and deployment != below and deployment.versions == split

    def _recent(self, below: Deployment | None, *, changed: bool = False) -> tuple[Deployment, ...]:
        """Return the latest deployments; an outdated list is read again, within a bound.

        With `changed`, a list is also outdated on which `below` is still the newest.
        """
        recent: tuple[Deployment, ...] = ()
        deployments = self.account.script(self.script).deployments
        for recent in poll(deployments.recent, self.recorder.wait):
            newest = _newest(recent)
            if newest is None:
                outdated = changed or below is not None
            else:
                outdated = newest.id in self._older or (changed and newest == below)
            if not outdated:
                break
        return recent

    def _advance(self, deployment: Deployment) -> None:
        if self.last:
            self._older.add(self.last.id)
        self.last, self.unconfirmed = deployment, False

    def _deploy(self, split: Split, message: str, *, force: bool, restoring: bool) -> None:
        code_update = None if restoring else self.code_update
        deployments = self.account.script(self.script).deployments
        try:
            deployments.create(split, message, force=force, code_update=code_update)
        except ApiError as error:
            if set(error.codes) & set(NO_SUCH_SCRIPT):
                # The script existed a moment ago: not every server of Cloudflare's knows it yet.
                raise ApiError(
                    error.message, codes=error.codes, retry_after=error.retry_after
                ) from error
            raise


def _newest(recent: tuple[Deployment, ...]) -> Deployment | None:
    return recent[0] if recent else None


def all_to(version_id: str) -> Split:
    """Return the split in which one version has all of the traffic."""
    return (TrafficShare(version_id=version_id, percentage=ALL_TRAFFIC),)


def shares_text(split: Split) -> str:
    """Return a split as text: `version ID 90 %, version ID 10 %`."""
    return ", ".join(f"version {share.version_id} {share.percentage:g} %" for share in split)


def foreign_deployment(
    record: Record, deployment: Deployment | None, also: str = ""
) -> TargetBusyError:
    """Return the error of a change that met a foreign deployment; `also` ends the message."""
    live = deployment.main_version if deployment else "nothing"
    return TargetBusyError(
        f"{record.script}: another run or tool deployed in the meantime: {live} is live now{also}",
        hint=f"edgefleet plan {record.target.as_selector}",
    )
