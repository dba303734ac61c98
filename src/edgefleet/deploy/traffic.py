"""One script's traffic: who has which share, and what another writer did in the meantime.

Cloudflare has no lock and no condition on a deployment: two writers at once each succeed, and the
later one wins unseen. So each write is looked at afterwards: below the deployment that was made
must lie the one that was observed before. What lies there else was deployed in between, by somebody
who may have been told that it is live: it is put back.
"""

from dataclasses import dataclass, field

from edgefleet.cloudflare.account import Account
from edgefleet.cloudflare.confirmed_write import write_and_confirm
from edgefleet.cloudflare.envelope import ApiError
from edgefleet.cloudflare.error_codes import NO_SUCH_SCRIPT
from edgefleet.cloudflare.models import Deployment, TrafficShare
from edgefleet.cloudflare.script import Script
from edgefleet.errors import CloudflareError, RestoreError, TargetBusyError
from edgefleet.http.retry import looks
from edgefleet.locks.fence import Fence, Unfenced
from edgefleet.records.models import Record
from edgefleet.records.recorder import Recorder
from edgefleet.records.signature import RESTORED

WHOLE = 100.0


@dataclass(slots=True)
class Traffic:
    """The traffic of one script, as one change sees and moves it."""

    account: Account
    name: str
    recorder: Recorder
    last: Deployment | None
    """The deployment that was seen in force last, of this change or from before it."""
    fence: Fence = Unfenced()  # noqa: RUF009 - it holds no state
    """Asked before each write whether this run holds the target."""
    force: bool = False
    """Whether a version may get traffic though secrets were changed since it was made."""
    sent: list[tuple[TrafficShare, ...]] = field(default_factory=list)
    """What the traffic was given, or may have been: a restore takes back nothing else."""
    unseen: bool = False
    """Whether Cloudflare accepted a deployment that it did not show yet."""
    _past: set[str] = field(default_factory=set)
    """The ids of what was in force before `last`: to see one of them again is to see an old list.
    """

    def now(self) -> Deployment | None:
        """Return the deployment in force; never one that is older than what was seen before.

        Raises `CloudflareError` where it cannot be read.
        """
        return _top(self._recent(self.last))

    def unmoved(self) -> None:
        """Make sure that this run holds the target, and that nobody else deployed since.

        Raises `TargetBusyError` where that is not so.
        """
        self.fence.check()
        now = self.now()
        if now != self.last:
            raise foreign_deployment(self.recorder.record, now)

    def give(
        self, shares: tuple[TrafficShare, ...], message: str, *, restoring: bool = False
    ) -> None:
        """Give versions these shares, and make sure that nothing else was overwritten.

        Raises `CloudflareError` where it cannot be done, and `TargetBusyError` where somebody else
        deployed at the same time: theirs is in force then.
        """
        under = self.last
        self.sent.append(shares)
        write_and_confirm(
            lambda: self._deploy(shares, message, force=self.force),
            lambda: self._in_force(shares, under),
            self.recorder.pauses(restoring=restoring),
        )
        self.came(shares)

    def came(self, shares: tuple[TrafficShare, ...], *, alone: bool = True) -> None:
        """Make sure that shares which Cloudflare accepted are in force, over what was before them.

        Not `alone`, there may be a second upload of the same change below. Raises as `give` does.
        """
        under, self.unseen = self.last, True
        recent = self._recent(under, changed=True)
        top = _top(recent)
        if top is None or top == under:
            raise self._another()
        if top.versions != shares:
            raise (
                self._another()
                if top.versions in self.sent
                else foreign_deployment(self.recorder.record, top)
            )
        self._see(top)
        theirs = self._between(recent, under) if alone else None
        if theirs:
            self._put_back(theirs)
            raise foreign_deployment(self.recorder.record, theirs)

    def _another(self) -> CloudflareError:
        words = "Cloudflare shows another deployment than it took"
        return CloudflareError(f"{self.name}: {words}")

    def _put_back(self, theirs: Deployment) -> None:
        """Make live again what somebody else deployed between our look and our write."""
        under, back = self.last, theirs.versions
        try:
            write_and_confirm(
                lambda: self._deploy(back, RESTORED, force=True),
                lambda: self._in_force(back, under),
                self.recorder.pauses(restoring=True),
            )
        except CloudflareError as error:
            raise RestoreError(
                f"{self.name}: {shares_text(back)} was deployed by somebody else at the same time, "
                f"and was overwritten; it could not be put back: {error.message}",
            ) from error

    def _between(
        self, recent: tuple[Deployment, ...], under: Deployment | None
    ) -> Deployment | None:
        """Return what was deployed by others between `under` and what is in force, if anything."""
        for one in recent[1:]:
            if under and one.id == under.id:
                return None
            if one.id not in self._past and one.versions not in self.sent:
                return one
        return None

    def _in_force(self, shares: tuple[TrafficShare, ...], under: Deployment | None) -> bool:
        now = self.account.deployment(self.name)
        return now is not None and now != under and now.versions == shares

    def _recent(self, under: Deployment | None, *, changed: bool = False) -> tuple[Deployment, ...]:
        """Return the latest deployments, looked for again while an old list is shown.

        With `changed`, a list on which `under` is the newest is an old one, too.
        """
        recent: tuple[Deployment, ...] = ()
        for recent in looks(lambda: self.account.recent(self.name), self.recorder.wait):
            top = _top(recent)
            if top is None:
                old = changed or under is not None
            else:
                old = top.id in self._past or (changed and top == under)
            if not old:
                break
        return recent

    def _see(self, now: Deployment) -> None:
        if self.last:
            self._past.add(self.last.id)
        self.last, self.unseen = now, False

    def _deploy(self, shares: tuple[TrafficShare, ...], message: str, *, force: bool) -> None:
        try:
            self._script.deploy(shares, message, force=force)
        except ApiError as error:
            if set(error.codes) & set(NO_SUCH_SCRIPT):
                # It was there a moment ago: Cloudflare does not know everywhere yet what it took.
                raise ApiError(error.message, codes=error.codes, wait=error.wait) from error
            raise

    @property
    def _script(self) -> Script:
        return self.account.open(self.name)


def _top(recent: tuple[Deployment, ...]) -> Deployment | None:
    return recent[0] if recent else None


def all_to(version_id: str) -> tuple[TrafficShare, ...]:
    """Return the shares in which a version has all of the traffic."""
    return (TrafficShare(version_id=version_id, percentage=WHOLE),)


def shares_text(shares: tuple[TrafficShare, ...]) -> str:
    """Return shares in words."""
    return ", ".join(f"version {one.version_id} {one.percentage:g} %" for one in shares)


def foreign_deployment(record: Record, now: Deployment | None, beside: str = "") -> TargetBusyError:
    """Say that somebody else deployed since the target was observed, and what else there is."""
    return TargetBusyError(
        f"{record.script}: somebody else deployed in the meantime: "
        f"{now.main_version if now else 'nothing'} is live now{beside}",
        hint=f"edgefleet plan --tenants {record.tenant} --env {record.environment}",
    )
