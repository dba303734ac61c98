"""How a release becomes live: the phases from the upload on, of a deploy and of a rollback.

If one of them fails, `restore_on_error` restores what was live before.
"""

from edgefleet.cloudflare.models import TrafficShare
from edgefleet.cloudflare.settings import with_workflows_of
from edgefleet.config.health.proof import ProofLevel
from edgefleet.deploy.automatic_rollback import restore_on_error
from edgefleet.deploy.d1_migrations import apply_migrations
from edgefleet.deploy.script_change import ScriptChange
from edgefleet.deploy.traffic import all_to
from edgefleet.deploy.uploaders import (
    Uploader,
    upload_script,
    upload_version,
)
from edgefleet.records.models import Phase
from edgefleet.state.models import LIVE_AT_ONCE, DeployStrategy


def go_live(change: ScriptChange, uploader: Uploader, strategy: DeployStrategy) -> None:
    """Make a release live and prove it healthy; if that fails, restore what was live and raise."""
    change.traffic.assert_unchanged()
    with restore_on_error(change):
        apply_migrations(change)
        if strategy in LIVE_AT_ONCE:
            version_id = upload_script(change, uploader)
            _write_settings(change)
            _check_health(change, version_id, change.release.urls.then)
        elif strategy is DeployStrategy.SETTINGS:
            version_id = _live_version(change)
            change.recorder.set(version_id=version_id)
            _write_settings(change)
            _check_health(change, version_id, change.release.urls.then)
        else:
            shift_traffic(change, upload_version(change, uploader))
        _remove_workflows(change)


def shift_traffic(change: ScriptChange, version_id: str) -> None:
    """Give a version all of the traffic, once it is healthy at 0 %, and finish the release."""
    now, then = change.release.urls
    if now is None:
        # Nothing leads to the Worker yet: no visitor is served by what the settings do, and
        # without them no health check could reach it.
        change.traffic.assert_unchanged()
        _write_settings(change)
    _canary(change, version_id, now or then)
    if change.take_steps:
        change.take_steps(change, version_id, now or then)
    with change.recorder.phase(Phase.TRAFFIC) as step:
        change.traffic.assert_unchanged()
        change.shift_traffic(all_to(version_id))
        step.note = "100 %"
    if now is None:
        _check_health(change, version_id, then)
    else:
        finish_release(change, version_id)


def finish_release(change: ScriptChange, version_id: str) -> None:
    """Check a version that has all of the traffic, write its settings, and check it again.

    The second health check is left out if the Worker answers at the same URL as before.
    """
    now, then = change.release.urls
    if now:
        _check_health(change, version_id, now)
    _write_settings(change)
    if now != then:
        _check_health(change, version_id, then)


def _canary(change: ScriptChange, version_id: str, url: str) -> None:
    """Check a version by version override, at 0 % of the traffic unless it is live already."""
    live = _live_version(change)
    with change.recorder.phase(Phase.CANARY) as step:
        change.traffic.assert_unchanged()
        if version_id != live:
            canary = TrafficShare(version_id=version_id, percentage=0)
            change.shift_traffic((*all_to(live), canary))
        change.check_health(version_id, url, pinned=True)
        health = change.recorder.record.health  # a Worker without HTTP is not asked
        asked = health is None or health.proof is not ProofLevel.DEPLOYED
        found = "healthy" if asked else "in force"
        step.note = found if version_id == live else f"{found} at 0 %: no visitor was served"


def _write_settings(change: ScriptChange) -> None:
    if change.release.settings is not None:
        with change.recorder.phase(Phase.SETTINGS):
            change.write_settings()


def _remove_workflows(change: ScriptChange) -> None:
    """Delete workflows that are no longer named, last of all: no restore has their instances."""
    live, wanted = change.before.settings, change.release.settings
    if wanted and with_workflows_of(wanted, live) != wanted:
        with change.recorder.phase(Phase.SETTINGS) as step:
            change.remove_workflows()
            step.note = "workflows that are no longer named were removed"


def _check_health(change: ScriptChange, version_id: str, url: str) -> None:
    with change.recorder.phase(Phase.HEALTH) as step:
        change.check_health(version_id, url, pinned=False)
        proof = change.recorder.record.proof
        step.note = f"proof: {proof}" if proof else ""


def _live_version(change: ScriptChange) -> str:
    version_id = change.before.version_id
    assert version_id is not None  # noqa: S101 - a script without a deployment is uploaded whole
    return version_id
