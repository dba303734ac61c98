"""Bundles that another job built: each commit has its own, and nothing is built in its place."""

import pickle

import pytest

from edgefleet.build.built import BuiltBundles, NotBuilt
from edgefleet.errors import ConfigError
from support.bundles import numbered_bundle

BUNDLES = {numbered_bundle(number).digest: numbered_bundle(number) for number in (1, 2)}
FIRST, SECOND = BUNDLES
ONE, TWO, THREE = "1" * 40, "2" * 40, "3" * 40


def test_each_commit_has_its_own_bundle_read_once() -> None:
    read: list[str] = []

    def load(digest: str) -> object:
        read.append(digest)
        return BUNDLES[digest]

    given = BuiltBundles({ONE: FIRST, TWO: SECOND, THREE: FIRST}, load)  # type: ignore[arg-type]
    assert [given(one).digest for one in (ONE, TWO, THREE)] == [FIRST, SECOND, FIRST]
    assert read == [FIRST, SECOND]


@pytest.mark.parametrize("commit", [TWO, None])
def test_an_unknown_commit_is_named_also_by_another_process(commit: str | None) -> None:
    with pytest.raises(NotBuilt, match=f"commit {commit or 'HEAD'} was not built") as caught:
        BuiltBundles({ONE: FIRST}, BUNDLES.__getitem__)(commit)
    assert pickle.loads(pickle.dumps(caught.value)).commit == commit  # noqa: S301 - our own


def test_a_commit_that_could_not_be_built_is_another_error() -> None:
    with pytest.raises(ConfigError, match=f"commit {ONE} could not be built"):
        BuiltBundles({ONE: None}, BUNDLES.__getitem__)(ONE)
