"""Upload and prove; what is not proved is taken back.

wrangler can fail with the new version live already (its triggers come last), so what happened is
read from Cloudflare and never concluded from an exit code.
"""

from collections.abc import Callable
from dataclasses import dataclass

from edgefleet.errors import CloudflareError, EdgefleetError, Interrupted, RestoreError
from edgefleet.flows.journal import Journal
from edgefleet.model.live import Live
from edgefleet.model.record import Phase
from edgefleet.ports.account import Account


@dataclass(frozen=True, slots=True)
class Rollout:
    """One script's way from what is live to a new version."""

    account: Account
    script: str
    upload: Callable[[], str]
    """Uploads, deploys, and returns the new version's id."""
    prove: Callable[[str], None]
    """Probes that version; raises `UnhealthyError`."""
    journal: Journal

    def run(self) -> None:
        """End with the new version proved, or raise with what was live before live again."""
        before = self.account.observe(self.script)
        self.journal.note(previous_version_id=before.version_id)
        try:
            self.prove(self._uploaded())
        except KeyboardInterrupt:
            left = self._undo(before)
            raise Interrupted(f"interrupted during {self.journal.record.phase}; {left}") from None
        except Exception as error:
            left = self._undo(before)
            if isinstance(error, EdgefleetError):
                error.hint = left
            raise

    def _uploaded(self) -> str:
        with self.journal.phase(Phase.UPLOAD) as step:
            version_id = self.upload()
            self.journal.note(version_id=version_id)
            live = self.account.deployment(self.script)
            if live is None or {share.version_id for share in live.versions} != {version_id}:
                raise CloudflareError(
                    f"wrangler says that {version_id} is live, and Cloudflare says otherwise"
                )
            step.note = f"version {version_id}"
        return version_id

    def _undo(self, before: Live) -> str:
        """Put `before` back if anything changed; say how it is now."""
        try:
            now = self.account.deployment(self.script)
        except CloudflareError as error:
            raise RestoreError(
                f"{self.script}: its state cannot be read: {error.message}",
                hint="see what is live in the dashboard; then deploy or roll back",
            ) from error
        if now == before.deployment:
            return "nothing was changed"
        with self.journal.phase(Phase.RESTORE) as step:
            self._restore(before)
            step.note = _state(before)
        return _state(before)

    def _restore(self, before: Live) -> None:
        try:
            self.account.restore(self.script, before)
            after = self.account.deployment(self.script)
        except CloudflareError as error:
            raise self._not_restored(before, error.message) from error
        if (after and after.versions) != (before.deployment and before.deployment.versions):
            raise self._not_restored(before, "Cloudflare shows another deployment")

    def _not_restored(self, before: Live, why: str) -> RestoreError:
        wanted = f"version {before.version_id}" if before.version_id else "no script"
        return RestoreError(
            f"{self.script}: {wanted} could not be restored: {why}",
            hint="a person is needed: choose the version in the dashboard, or with "
            f"'wrangler versions deploy --name {self.script}'",
        )


def _state(before: Live) -> str:
    if before.version_id:
        return f"version {before.version_id} is live again, as before"
    return "the script did not exist before, and was removed"
