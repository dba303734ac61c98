"""Where a bundle comes from that a run over a fleet takes up again."""

import pytest

from edgefleet.cloudflare.worker.bundle import Bundle
from edgefleet.config.target import STAGING
from edgefleet.errors import CloudflareError
from edgefleet.fleet.models import FleetOptions, FleetRecord
from edgefleet.fleet.prepare import origin_of
from edgefleet.records.models import Origin
from support.bundles import numbered_bundle
from support.records import NOON

KEPT, OTHER = numbered_bundle(0), numbered_bundle(1)
BEFORE = FleetRecord(
    environment=STAGING,
    conduct=FleetOptions(engine="api"),
    bundle_digest=KEPT.digest,
    started=NOON,
    members=(),
    git_commit="a" * 40,
    dirty=False,
    edgefleet_version="0",
)
HERE = Origin(git_commit="b" * 40, dirty=False, actor="anna", edgefleet_version="1")


def never() -> Bundle:
    raise AssertionError("nothing is to be built")


def broken() -> Bundle:
    raise CloudflareError("the Worker does not build")


def test_foreign_bundle_belongs_to_its_runs_commit() -> None:
    found = origin_of(BEFORE, HERE, lambda: OTHER)
    assert (found.git_commit, found.dirty) == (BEFORE.git_commit, False)
    assert (found.actor, found.edgefleet_version) == ("anna", "1")
    assert origin_of(BEFORE, HERE, broken) == found


def test_configuration_commit_is_what_is_deployed() -> None:
    assert origin_of(BEFORE, HERE, lambda: KEPT) == HERE


@pytest.mark.parametrize("dirty", [False, True])
def test_uncommitted_changes_of_the_run_stay_in_its_record(*, dirty: bool) -> None:
    before = BEFORE.model_copy(update={"dirty": dirty})
    here = HERE.model_copy(update={"git_commit": BEFORE.git_commit, "dirty": not dirty})
    assert origin_of(before, here, lambda: OTHER).dirty is dirty


def test_at_the_commit_of_the_run_nothing_is_built() -> None:
    here = HERE.model_copy(update={"git_commit": BEFORE.git_commit})
    assert origin_of(BEFORE, here, never) == here
