"""How a release becomes live: the phases from the upload on, of a deploy and of a rollback.

If one of them fails, `restore_on_error` restores what was live before.
"""

from edgefleet.cloudflare.envelope import ApiError
from edgefleet.cloudflare.error_codes import VERSION_NOT_DEPLOYABLE
from edgefleet.cloudflare.models import TrafficShare
from edgefleet.cloudflare.settings import with_workflows_of
from edgefleet.config.health.proof import ProofLevel
from edgefleet.core.ids import short_id
from edgefleet.deploy.automatic_rollback import restore_on_error
from edgefleet.deploy.d1_migrations import apply_migrations
from edgefleet.deploy.script_change import ScriptChange
from edgefleet.deploy.traffic import Split, all_to
from edgefleet.deploy.uploaders import (
    Uploader,
    upload_script,
    upload_version,
)
from edgefleet.records.canary_under_way import canary_of
from edgefleet.records.models import Phase, Status
from edgefleet.records.signature import restore_message
from edgefleet.state.models import LIVE_AT_ONCE, DeployStrategy


def go_live(change: ScriptChange, uploader: Uploader, strategy: DeployStrategy) -> None:
    """Make a release live and prove it healthy; if that fails, restore what was live and raise."""
    if strategy in (*LIVE_AT_ONCE, DeployStrategy.SETTINGS) or change.release.migrations:
        change.traffic.assert_unchanged()
    else:  # an upload changes nothing that is live: `_canary` looks before it gives it traffic
        change.traffic.fence.check()
    with restore_on_error(change):
        apply_migrations(change)  # if one fails, a canary that is under way stays so
        end_canary(change)
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
        if change.recorder.record.status is not Status.UNDER_WAY:
            remove_workflows(change)


def shift_traffic(change: ScriptChange, version_id: str) -> None:
    """Give a version all of the traffic, once it is healthy at 0 %, and finish the release.

    A canary that goes on without this run leaves it with the traffic of a step.
    """
    now, then = change.release.urls
    if now is None:
        # Nothing leads to the Worker yet: no visitor is served by what the settings do, and
        # without them no health check could reach it.
        change.traffic.assert_unchanged()
        _write_settings(change)
    if change.begin_canary and version_id != _live_version(change):
        change.canary = change.begin_canary(version_id)
    _canary(change, version_id, now or then)
    if change.take_steps and not change.take_steps(change, version_id, now or then):
        change.recorder.save(status=Status.UNDER_WAY)
        return
    give_everything(change, version_id)


def give_everything(change: ScriptChange, version_id: str) -> None:
    """Give a version all of the traffic, check it as any client, and finish the release.

    After a canary the old version stays in the deployment, at 0 %, until all of that is done, and
    as long as the policy keeps it.
    """
    now, then = change.release.urls
    with change.recorder.phase(Phase.TRAFFIC) as step:
        change.traffic.assert_unchanged()
        change.shift_traffic(_everything(change, version_id))
        step.note = "100 %"
    if now is None:
        _check_health(change, version_id, then)
    else:
        finish_release(change, version_id)
    close_canary(change, version_id)


def close_canary(change: ScriptChange, version_id: str) -> None:
    """Take the old version out of the deployment, or keep it for a while, if there is a canary."""
    state = change.canary
    if state is None:
        return
    with change.recorder.phase(Phase.TRAFFIC) as step:
        if state.policy.keep and not state.kept:
            last = len(state.policy.steps) + 1
            change.canary = state.at(last, change.recorder.now())
            change.shift_traffic(change.canary.split(_live_version(change), version_id))
            step.note = f"the version before is kept until {change.canary.until:%H:%M:%S} UTC"
        else:
            change.canary = None
            change.shift_traffic(all_to(version_id))
            step.note = "the canary has ended"


def end_canary(change: ScriptChange, back_to: str | None = None) -> str | None:
    """End the canary that is under way before this change; return the version that has everything.

    That is the old one where it is `back_to`, or else the one that is live. None: there is none.
    """
    found = canary_of(change.before)
    if found is None:
        return None
    change.traffic.assert_unchanged()
    to = found.old if back_to == found.old else found.live
    words = f"the canary of version {short_id(found.new)} at {found.state.share:g} %"
    change.recorder.say(f"  note: {words} is ended first")
    change.traffic.shift(
        all_to(to),
        restore_message(f"a {change.recorder.record.action} ends {words}"),
        force=True,
        restoring=True,
    )
    change.recorder.save(ended_canary=found.new)
    return to


def _everything(change: ScriptChange, version_id: str) -> Split:
    if change.canary is None:
        return all_to(version_id)
    if change.canary.stepping:
        last = len(change.canary.policy.steps)
        change.canary = change.canary.at(last, change.recorder.now())
    return change.canary.split(_live_version(change), version_id)


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
        if version_id != live and not _beside_live(change, live, version_id):
            step.note = "no check at 0 %: Cloudflare takes the live version into no deployment"
            return
        change.check_health(version_id, url, pinned=True)
        health = change.recorder.record.health  # a Worker without HTTP is not asked
        asked = health is None or health.proof is not ProofLevel.DEPLOYED
        found = "healthy" if asked else "in force"
        step.note = found if version_id == live else f"{found} at 0 %: no visitor was served"


def _beside_live(change: ScriptChange, live: str, version_id: str) -> bool:
    """Deploy a version at 0 %; False where the live one is too old, and the release may do without.

    Cloudflare takes the 100 newest versions into a deployment, also where an older one is live.
    """
    canary = TrafficShare(version_id=version_id, percentage=0)
    try:
        change.shift_traffic((*all_to(live), canary))
    except ApiError as error:
        if VERSION_NOT_DEPLOYABLE not in error.codes:
            raise
        if change.release.allow_irreversible and change.canary is None:
            return False
        at_once = "--canary none " if change.canary else ""
        options = f"{at_once}--allow-irreversible"
        raise error.amended(
            hint="deploy without a check at 0 %, and without a restore: "
            f"edgefleet deploy {change.recorder.record.target.as_option} {options}"
        ) from error
    return True


def _write_settings(change: ScriptChange) -> None:
    if change.release.settings is not None:
        with change.recorder.phase(Phase.SETTINGS) as step:
            step.note = "" if change.write_settings() else "as they should be"


def remove_workflows(change: ScriptChange) -> None:
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
