"""Which tag names a deploy, and when none does."""

from pathlib import Path
from typing import Any

import pytest

from edgefleet.core.git import Tags
from edgefleet.errors import UsageError
from edgefleet.history.git_tag import tag
from edgefleet.records.models import Action, Record, Status
from support.records import TARGET, run

COMMIT, OTHER = "c" * 40, "d" * 40
NAME = "deploy/acme/staging/20260301T120000Z"


class FakeTags(Tags):
    """A repository with one commit, which knows what tags were made."""

    def __init__(self, **there: str) -> None:
        super().__init__(Path())
        self.there = {COMMIT: COMMIT, **there}
        self.made: list[tuple[str, str, str]] = []

    def commit(self, ref: str) -> str | None:
        return self.there.get(ref)

    def fetch_command(self) -> str:
        return "git fetch --all --tags"

    def create(self, name: str, commit: str, message: str) -> None:
        self.made.append((name, commit, message))


def deploy(start: float = 0, **fields: Any) -> Record:
    return run(
        start, start + 5, **{"version_id": "v1", "git_commit": COMMIT, "dirty": False, **fields}
    )


def test_the_tag_is_named_by_target_and_time_and_only_printed() -> None:
    tags = FakeTags()
    found = tag(TARGET, [deploy()], tags, create=False)
    assert (found.name, found.commit, found.version_id) == (NAME, COMMIT, "v1")
    assert (found.exists, tags.made) == (False, [])


def test_tag_is_at_the_records_commit() -> None:
    tags = FakeTags()
    record = deploy(bundle_digest="f00d", url="https://a.example", actor="ada")
    made = tag(TARGET, [record], tags, create=True)
    assert (made.exists, made.created) == (True, True)
    ((name, commit, message),) = tags.made
    assert (name, commit) == (NAME, COMMIT)
    assert message.splitlines() == [
        "Deploy of acme to staging",
        "",
        "version: v1",
        "bundle: sha256:f00d",
        "url: https://a.example",
        "actor: ada",
    ]


def test_only_a_completed_deploy_is_tagged() -> None:
    records = [
        deploy(40, action=Action.ROLLBACK, git_commit=OTHER),
        deploy(30, status=Status.RESTORED, git_commit=OTHER),
        deploy(20, status=Status.UNCHANGED, git_commit=OTHER),
        deploy(0),
    ]
    assert tag(TARGET, records, FakeTags(), create=False).name == NAME


def test_a_tag_that_is_there_already_is_as_good() -> None:
    tags = FakeTags(**{f"refs/tags/{NAME}": COMMIT})
    again = tag(TARGET, [deploy()], tags, create=True)
    assert (again.exists, again.created) == (True, False)  # C16
    assert tag(TARGET, [deploy()], tags, create=False).exists
    assert tags.made == []


@pytest.mark.parametrize("create", [True, False])
def test_a_tag_of_that_name_at_another_commit_is_refused(create: bool) -> None:
    tags = FakeTags(**{f"refs/tags/{NAME}": OTHER})
    with pytest.raises(UsageError, match=f"exists, and names commit {OTHER}"):
        tag(TARGET, [deploy()], tags, create=create)


@pytest.mark.parametrize(
    ("records", "message"),
    [
        ([], "no record in deployments/ tells of a successful deploy of acme-staging"),
        ([deploy(status=Status.FAILED)], "no record in deployments/"),
        ([deploy(dirty=True)], "held uncommitted changes"),
        ([deploy(dirty=None)], "held uncommitted changes"),
        ([deploy(git_commit=None, dirty=None)], "was not made from a git repository"),
        ([deploy(git_commit=OTHER)], f"{OTHER}, which is not in this repository"),
        ([deploy(git_commit="HEAD")], "HEAD, which is not in this repository"),
    ],
)
def test_what_no_commit_of_this_repository_names_is_refused(
    records: list[Record], message: str
) -> None:
    tags = FakeTags(HEAD=COMMIT)
    with pytest.raises(UsageError, match=message) as refused:
        tag(TARGET, records, tags, create=True)
    assert refused.value.hint
    assert tags.made == []
