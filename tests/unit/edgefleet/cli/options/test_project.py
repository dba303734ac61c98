"""The option that says where a fleet's workflows take edgefleet's actions from."""

from importlib.metadata import version

import click
import pytest

from edgefleet.cli.options.project import ActionSourceType

COMMIT = "1a2b3c4d" * 5


def test_a_commit_is_named_or_is_that_of_this_edgefleet() -> None:
    kind = ActionSourceType(lambda: COMMIT)
    own = kind.convert("acme/edgefleet", None, None)
    assert (own.repository, own.commit, own.version) == (
        "acme/edgefleet",
        COMMIT,
        version("edgefleet"),
    )
    assert kind.convert(f"acme/edgefleet@{'f' * 40}", None, None).commit == "f" * 40


@pytest.mark.parametrize("commit", ["", f"{COMMIT}-dirty"])
def test_no_commit_of_its_own_asks_for_one(commit: str) -> None:
    with pytest.raises(click.BadParameter, match="OWNER/NAME@COMMIT") as refused:
        ActionSourceType(lambda: commit).convert("acme/edgefleet", None, None)
    assert "is not a commit of 40 digits" in refused.value.message


def test_a_commit_that_is_named_empty_is_none() -> None:
    with pytest.raises(click.BadParameter, match="is not a commit of 40 digits"):
        ActionSourceType(lambda: COMMIT).convert("acme/edgefleet@", None, None)
