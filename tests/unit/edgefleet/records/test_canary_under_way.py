from datetime import UTC, datetime, timedelta

from edgefleet.cloudflare.limits import MESSAGE_BYTES
from edgefleet.cloudflare.models import DeploymentEvent, TrafficShare
from edgefleet.config.canary.policy import CanaryPolicy
from edgefleet.config.target import STAGING, Target
from edgefleet.records.canary_under_way import canary_in
from edgefleet.records.models import Action, Origin
from edgefleet.records.signature import (
    message_of,
    read_message,
    restore_message,
    restores,
    run_of,
    with_canary,
    without_canary,
)
from edgefleet.state.canary_state import CanaryState
from edgefleet.state.models import CanaryStage

OLD, NEW = "11111111-aaaa", "22222222-bbbb"
BEGUN = datetime(2026, 11, 28, 18, tzinfo=UTC)
STATE = CanaryState(
    version=NEW[:8], policy=CanaryPolicy(source="worker"), begun=BEGUN, step=1, since=BEGUN
)
ORIGIN = Origin(edgefleet_version="1.0", actor="ann", git_commit="a" * 40)
MESSAGE = message_of(Action.DEPLOY, ORIGIN, ORIGIN.git_commit, "a: reason, of two")


def event(message: str | None, *versions: str) -> DeploymentEvent:
    shares = tuple(TrafficShare(version_id=one, percentage=50) for one in versions)
    return DeploymentEvent(id="d", created_on=BEGUN, versions=shares, message=message)


def test_a_message_carries_the_state_and_all_else() -> None:
    message = with_canary(MESSAGE, STATE)
    signed, plain = read_message(message), read_message(MESSAGE)

    assert signed
    assert plain
    assert signed.canary == STATE
    assert signed._replace(canary=None) == plain
    assert without_canary(message) == MESSAGE
    assert run_of(message) == run_of(MESSAGE)


def test_a_long_reason_leaves_room_for_the_state() -> None:
    message = with_canary(f"{MESSAGE}{'ü' * 500}", STATE)

    assert len(message.encode()) <= MESSAGE_BYTES
    signed = read_message(message)
    assert signed
    assert signed.canary == STATE


def test_a_restore_may_say_why() -> None:
    message = restore_message("the canary was aborted: ::error:: oh")

    assert restores(message)
    assert restores("edgefleet: restore")
    assert not restores("edgefleet: restored by hand")
    signed = read_message(message)
    assert signed
    assert signed.action is Action.RESTORE


def test_a_canary_is_found_whatever_the_order() -> None:
    for versions in ((OLD, NEW), (NEW, OLD)):
        found = canary_in(event(with_canary(MESSAGE, STATE), *versions))
        assert found
        assert (found.old, found.new, found.state) == (OLD, NEW, STATE)


def test_any_other_deployment_is_no_canary() -> None:
    canary = with_canary(MESSAGE, STATE)

    assert canary_in(None) is None
    assert canary_in(event(MESSAGE, OLD, NEW)) is None
    assert canary_in(event(canary, OLD)) is None
    assert canary_in(event(canary, OLD, "33333333-cccc")) is None
    assert canary_in(event(canary.removeprefix("edgefleet"), OLD, NEW)) is None


def test_the_old_version_is_live_until_the_new_one_has_all() -> None:
    for step, live in ((-1, OLD), (2, OLD), (3, NEW), (4, NEW)):
        state = STATE.model_copy(update={"step": step})
        found = canary_in(event(with_canary(MESSAGE, state), OLD, NEW))
        assert found
        assert found.live == live


def test_it_is_shown_with_the_command_that_continues_it() -> None:
    found = canary_in(event(with_canary(MESSAGE, STATE), OLD, NEW))
    assert found

    shown = found.view(Target(tenant="acme", environment=STAGING))

    assert (shown.share, shown.state) == (25, CanaryStage.UNDER_WAY)
    assert shown.next == "edgefleet canary continue --tenants acme --env staging"
    assert shown.words.startswith("version 22222222 at 25 %, since 2026-11-28 18:00:00 UTC, until")
    assert found.overdue(BEGUN + timedelta(hours=2))
    assert not found.overdue(BEGUN + timedelta(hours=1))
