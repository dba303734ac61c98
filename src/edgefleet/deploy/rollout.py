"""From what is live to a new version that is proved; what is not proved is taken back.

version:  upload -> canary (0 %, probed by name) -> traffic (100 %) -> health -> settings
          [-> health elsewhere]
whole:    upload (live at once) -> settings -> health
settings: settings -> health
"""

from collections.abc import Callable
from dataclasses import dataclass

from edgefleet.cloudflare.account import Account
from edgefleet.cloudflare.confirmed_write import uploaded
from edgefleet.cloudflare.models import LiveState, ScriptSettings
from edgefleet.config.worker_urls import HealthUrls
from edgefleet.deploy.traffic import Traffic, all_to
from edgefleet.deploy.traffic_shift import CheckHealth, TrafficShift
from edgefleet.deploy.uploaders import Uploader
from edgefleet.locks.fence import Fence
from edgefleet.records.models import Phase
from edgefleet.records.recorder import Recorder
from edgefleet.state.models import DeployStrategy


@dataclass(frozen=True, slots=True)
class Release:
    """What is to go live, and how it shows itself."""

    engine: Uploader
    settings: ScriptSettings
    tag: str
    message: str
    prove: CheckHealth
    addresses: HealthUrls
    landed: Callable[[], str | None]
    """Reads whether what is live is the release; returns its version."""
    transferred: tuple[str, ...] = ()
    """The scripts whose Durable Objects the upload takes over."""


@dataclass(frozen=True, slots=True)
class Rollout:
    """One script's way to a release."""

    account: Account
    name: str
    recorder: Recorder
    before: LiveState
    release: Release
    fence: Fence

    def run(self, course: DeployStrategy) -> None:
        """End with the release live and proved, or raise with what was live before live again."""
        at_once = course in (DeployStrategy.FIRST, DeployStrategy.MIGRATION)
        switch = TrafficShift(
            Traffic(self.account, self.name, self.recorder, self.before.deployment, self.fence),
            self.before,
            self.release.settings,
            self.release.message,
            self.release.prove,
            self.release.addresses,
            landed=self.release.landed if at_once else None,
            transferred=self.release.transferred,
        )
        switch.unmoved()
        with switch.guarded():
            if at_once:
                self._whole(switch)
            elif course is DeployStrategy.SETTINGS:
                self._unversioned(switch)
            else:
                self._version(switch)

    def _whole(self, switch: TrafficShift) -> None:
        with self.recorder.phase(Phase.UPLOAD) as step:
            version_id, certain = self._replaced()
            switch.traffic.sent.append(all_to(version_id))  # it is live
            self.recorder.save(version_id=version_id)
            switch.traffic.came(all_to(version_id), alone=certain)
            if not self.release.engine.signs:
                # Else no other machine would know whose it is, and of which commit.
                switch.traffic.give(all_to(version_id), self.release.message)
            step.note = f"version {version_id}"
        switch.apply_settings()
        switch.check(version_id)

    def _version(self, switch: TrafficShift) -> None:
        with self.recorder.phase(Phase.UPLOAD) as step:
            version_id, _ = self._uploaded()
            self.recorder.set(version_id=version_id)
            step.note = f"version {version_id}"
        switch.to(version_id)

    def _unversioned(self, switch: TrafficShift) -> None:
        live = self.before.version_id
        assert live is not None  # noqa: S101 - a script without a deployment goes the whole way
        self.recorder.set(version_id=live)
        switch.apply_settings()
        switch.check(live)

    def _replaced(self) -> tuple[str, bool]:
        # A whole upload by wrangler carries no tag: it is known by what it made live.
        release = self.release
        return uploaded(
            lambda: release.engine.whole(release.tag, release.message),
            release.landed,
            self.recorder.pauses(),
        )

    def _uploaded(self) -> tuple[str, bool]:
        release = self.release
        return uploaded(
            lambda: release.engine.version(release.tag, release.message),
            self._tagged,
            self.recorder.pauses(),
        )

    def _tagged(self) -> str | None:
        return self.account.version_with_tag(self.name, self.release.tag, self.before.newest)
