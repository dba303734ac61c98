"""Deployments that no record here explains: of edgefleet on other machines, and of others.

A run leaves several deployments (0 %, steps of a canary, everything, back again); their messages
and the tags of their versions tell which belong together, and what the run did.
"""

from collections.abc import Iterable, Sequence

from edgefleet.cloudflare.models import DeploymentEvent, Version
from edgefleet.config.target import Target
from edgefleet.history.models import HistoryEntry
from edgefleet.records.canary_under_way import canary_in
from edgefleet.records.models import Action, Status
from edgefleet.records.signature import (
    Signed,
    commit_of_tag,
    own_tag,
    read_message,
    restored_why,
    restores,
    run_of,
)


def entries_elsewhere(
    target: Target,
    unexplained: Sequence[DeploymentEvent],
    all_of_them: Sequence[DeploymentEvent],
    versions: Iterable[Version],
) -> tuple[HistoryEntry, ...]:
    """Return an entry for each run elsewhere, and one for each deployment of others.

    All deployments are newest first, as the entries are not. A run that gave its version
    everything counts as succeeded, where it was not reverted after that.
    """
    found = _Runs(target, all_of_them, versions)
    for deployment in reversed(unexplained):
        found.add(deployment)
    return tuple(found.entries)


class _Runs:
    """The entries so far, oldest first; the last one may be a run that goes on."""

    def __init__(
        self, target: Target, all_of_them: Sequence[DeploymentEvent], versions: Iterable[Version]
    ) -> None:
        self._target = target
        self._versions = {version.id: version for version in versions}
        self._first: dict[str | None, str] = {
            one.main_version: one.id for one in all_of_them if len(one.versions) == 1
        }
        """The oldest deployment that gave a version everything, by the version."""
        self.entries: list[HistoryEntry] = []
        self._open: DeploymentEvent | None = None
        """The last deployment of the run that goes on."""

    def add(self, one: DeploymentEvent) -> None:
        """Take the next deployment, from the oldest to the newest."""
        signed = read_message(one.message)
        whole = len(one.versions) == 1
        if restores(one.message) and self._open:
            why = restored_why(one.message)
            self._append(one, result=Status.RESTORED, **({"why": why} if why else {}))
            self._open = None
        elif signed and self._goes_on(one) and (whole or self._is_next_step(one)):
            known, result = self.entries[-1], _result(signed, whole=whole)
            self._append(one, **_told(signed, known), result=result)
            self._open = one
        elif signed:
            self._begin(one, signed, _result(signed, whole=whole))
        elif self._uploaded(one):
            version = self._versions[str(one.main_version)]
            told = read_message(version.message) or Signed(Action.DEPLOY)
            told = told._replace(commit=told.commit or commit_of_tag(version.tag))
            self._begin(one, told, Status.SUCCEEDED)
        else:
            self.entries.append(_others(self._target, one))
            self._open = None

    def _goes_on(self, one: DeploymentEvent) -> bool:
        """Whether a deployment of everything follows the last one in the same run.

        It follows the split with the same message; or the upload by wrangler, which carries no
        message, and which edgefleet signs directly after it.
        """
        last = self._open
        if last:
            names = {share.version_id for share in last.versions}
            return run_of(last.message) == run_of(one.message) and one.main_version in names
        before = self.entries[-1].deployments if self.entries else None
        return bool(
            before
            and before[0].main_version == one.main_version
            and self._first.get(one.main_version) == before[0].id
        )

    def _is_next_step(self, one: DeploymentEvent) -> bool:
        """Whether a split is another step of the same canary: between the same versions."""
        before, now = (
            [share.version_id for share in deployment.versions] if deployment else []
            for deployment in (self._open, one)
        )
        return before == now

    def _uploaded(self, one: DeploymentEvent) -> bool:
        """Whether a run uploaded this whole, with Cloudflare's words: its version's first."""
        version = self._versions.get(one.main_version or "")
        first = self._first.get(one.main_version) == one.id
        return version is not None and own_tag(version.tag) and first

    def _begin(self, one: DeploymentEvent, signed: Signed, result: Status) -> None:
        # Of equal shares the last is the new version's: a canary keeps the old one first.
        shares = reversed(one.versions)
        least = min(shares, key=lambda share: share.percentage, default=None)
        found = canary_in(one)
        new = found.new if found else (least.version_id if least else None)
        version = self._versions.get(new or "")
        entry = HistoryEntry(
            tenant=self._target.tenant,
            environment=self._target.environment,
            recorded=False,
            when=one.created_on,
            who=signed.actor or one.author,
            commit=signed.commit or (commit_of_tag(version.tag) if version else None),
            version_id=new,
            action=signed.action,
            result=result,
            why=signed.reason,
            source=one.source,
            deployments=(one,),
        )
        self.entries.append(entry)
        self._open = one

    def _append(self, one: DeploymentEvent, **fields: object) -> None:
        entry = self.entries[-1]
        made = (one, *(entry.deployments or ()))
        self.entries[-1] = entry.model_copy(update={**fields, "deployments": made})


def _result(signed: Signed, *, whole: bool) -> Status:
    """Return how the run of a deployment stands, as far as its split and message tell."""
    if whole or (signed.canary and signed.canary.kept):
        return Status.SUCCEEDED
    return Status.UNDER_WAY if signed.canary else Status.IN_PROGRESS


def _told(signed: Signed, known: HistoryEntry) -> dict[str, object]:
    return {
        "action": signed.action,
        "commit": signed.commit or known.commit,
        "who": signed.actor or known.who,
        "why": signed.reason,
    }


def _others(target: Target, one: DeploymentEvent) -> HistoryEntry:
    return HistoryEntry(
        tenant=target.tenant,
        environment=target.environment,
        recorded=False,
        when=one.created_on,
        who=one.author,
        version_id=one.main_version,
        why=one.message,
        source=one.source,
        deployments=(one,),
    )
