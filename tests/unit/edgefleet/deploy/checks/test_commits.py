"""Which commit a bundle is from: none, where it was built from files that git does not have."""

import pytest

from edgefleet.cloudflare.worker.bundle import Bundle
from edgefleet.config.fleet_config import NO_FLEET
from edgefleet.config.target import PRODUCTION, STAGING
from edgefleet.deploy.checks.commits import check_committed, with_build
from edgefleet.errors import UsageError
from edgefleet.records.models import Origin

CLEAN = Origin(git_commit="c" * 40, dirty=False, edgefleet_version="1")
BUNDLE = Bundle(main_module="index.js", modules=(), builder="a test")
IGNORED = BUNDLE.model_copy(update={"uncommitted": ("src/made.ts",)})
AGAIN = "edgefleet deploy --tenant acme --env production"


def test_a_bundle_of_committed_files_is_from_the_commit() -> None:
    assert with_build(CLEAN, BUNDLE) == CLEAN


def test_ignored_file_reaches_no_protected_environment() -> None:
    made = with_build(CLEAN, IGNORED)
    assert (made.dirty, made.uncommitted) == (True, ("src/made.ts",))
    check_committed(NO_FLEET, STAGING, made, again=AGAIN, force=False)
    check_committed(NO_FLEET, PRODUCTION, made, again=AGAIN, force=True)
    with pytest.raises(UsageError, match=r"uncommitted changes: src/made\.ts"):
        check_committed(NO_FLEET, PRODUCTION, made, again=AGAIN, force=False)


def test_a_changed_file_is_named_once() -> None:
    changed = CLEAN.model_copy(update={"dirty": True, "uncommitted": ("src/made.ts", "a.ts")})
    assert with_build(changed, IGNORED) == changed


def test_without_git_nothing_is_known() -> None:
    nowhere = CLEAN.model_copy(update={"git_commit": None, "dirty": None})
    assert with_build(nowhere, IGNORED) == nowhere
