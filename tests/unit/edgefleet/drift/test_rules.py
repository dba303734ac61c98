"""What a difference means."""

from datetime import UTC, date, datetime, timedelta

import pytest

from edgefleet.cloudflare.models import DeploymentEvent, TrafficShare
from edgefleet.config.shared_keys import DriftException
from edgefleet.config.target import STAGING
from edgefleet.drift.models import DriftSeverity
from edgefleet.drift.rules import DeployedBy, allowed, drifted, looks_like, severity
from edgefleet.history.expected_record import deployed_elsewhere, expected_record
from edgefleet.records.models import Action, Record, Status
from edgefleet.records.signature import RESTORED, commit_of_tag
from edgefleet.state.models import Change, ChangeKind

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def change(path: str) -> Change:
    return Change(path=path, kind=ChangeKind.CHANGED)


OURS = "edgefleet 1.0.0, rollback"


def by(message: str | None, *versions: str) -> DeploymentEvent:
    """Return a deployment in which the first version has everything."""
    shares = [TrafficShare(version_id=one, percentage=0) for one in versions]
    shares[0] = TrafficShare(version_id=versions[0], percentage=100)
    late = NOON + timedelta(days=1)
    return DeploymentEvent(id="d", created_on=late, versions=tuple(shares), message=message)


def deployed(source: str | None) -> DeploymentEvent:
    share = TrafficShare(version_id="v", percentage=100)
    return DeploymentEvent(id="d", created_on=NOON, versions=(share,), source=source)


def record(status: Status, commit: str | None = "c") -> Record:
    return Record(
        tenant="acme",
        environment=STAGING,
        action=Action.DEPLOY,
        status=status,
        git_commit=commit,
        edgefleet_version="0",
        started=NOON,
    )


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("modules.index.js", DriftSeverity.HIGH),
        ("bindings.DB", DriftSeverity.HIGH),
        ("traffic", DriftSeverity.HIGH),
        ("vars.A", DriftSeverity.MEDIUM),
        ("compatibility_date", DriftSeverity.MEDIUM),
        ("crons", DriftSeverity.MEDIUM),
        ("domains", DriftSeverity.MEDIUM),
        ("tail_consumers", DriftSeverity.MEDIUM),
        ("logpush", DriftSeverity.LOW),
    ],
)
def test_code_and_bindings_hurt_most(path: str, expected: DriftSeverity) -> None:
    assert severity(change(path)) is expected


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("dash", "a dashboard edit"),
        ("wrangler", "a manual wrangler deploy"),
        ("api", "an API call"),
        ("terraform", "a Terraform run"),
        ("something-new", ""),
        (None, ""),
    ],
)
def test_who_made_it_is_cloudflares_source(source: str | None, words: str) -> None:
    assert looks_like(change("vars.A"), deployed(source), DeployedBy.BY_OTHERS) == words


def test_the_cause_is_said_only_where_it_is_known() -> None:
    """A6: an edit of modules was called an edit of settings, and a split, too."""
    assert "not tell by whom" in looks_like(change("crons"), deployed("dash"), DeployedBy.BY_OTHERS)
    for path in ("vars.A", "modules.index.js"):
        assert looks_like(change(path), deployed("api"), DeployedBy.BY_EDGEFLEET) == ""
        assert looks_like(change(path), None, DeployedBy.BY_OTHERS) == ""
        dirty = looks_like(change(path), deployed("api"), DeployedBy.DIRTY)
        assert dirty == "deployed with uncommitted changes"


def test_split_is_attributed_to_its_deployment() -> None:
    """A6."""
    split = deployed("api").model_copy(update={"message": "bob tries"})
    assert looks_like(change("traffic"), split, DeployedBy.BY_EDGEFLEET) == "an API call"


def test_a_split_of_edgefleet_with_a_share_is_a_canary() -> None:
    shares = [("v1", 80.0), ("v2", 20.0)]
    versions = tuple(TrafficShare(version_id=name, percentage=share) for name, share in shares)
    split = deployed("api").model_copy(update={"message": "edgefleet 1.0.0", "versions": versions})
    words = looks_like(change("traffic"), split, DeployedBy.BY_EDGEFLEET)
    assert words == "a canary of edgefleet at 20 %, under way or killed: a deploy ends it"


def test_the_worst_comes_first_and_what_happened_is_told() -> None:
    """A6: a deleted binding was shown as an addition, which is what the repair would be."""
    found = drifted(
        [
            Change(path="logpush", kind=ChangeKind.CHANGED, before=True, after=False),
            Change(path="crons", kind=ChangeKind.REMOVED, before=["* * * * *"]),
            Change(path="bindings.CACHE", kind=ChangeKind.ADDED, after={"type": "kv_namespace"}),
        ],
        None,
        DeployedBy.BY_OTHERS,
    )
    assert [(one.change.path, one.happened) for one in found] == [
        ("bindings.CACHE", ChangeKind.REMOVED),
        ("crons", ChangeKind.ADDED),
        ("logpush", ChangeKind.CHANGED),
    ]


def test_an_exception_is_a_pattern_of_paths() -> None:
    exception = DriftException(path="vars.*", reason="r", expires=date(2099, 1, 1))
    assert allowed(change("vars.A"), [exception])
    assert not allowed(change("bindings.A"), [exception])
    assert not allowed(change("vars.A"), [])


def test_expected_is_the_newest_deploy_that_ended_well() -> None:
    records = [
        record(Status.FAILED, "d"),
        record(Status.UNCHANGED, "b"),
        record(Status.SUCCEEDED, "a"),
    ]
    found = expected_record(records)
    assert found is not None
    assert found.git_commit == "b"
    assert expected_record(records[:1]) is None


@pytest.mark.parametrize(
    ("past", "found"),
    [
        ([by(OURS, "v2"), by(OURS, "v3")], "v2"),
        ([by(OURS, "v3"), by(OURS, "v2")], None),
        ([by(None, "v9"), by(OURS, "v2")], "v2"),
        ([by(None, "v2"), by(OURS, "v3")], None),
        ([by(OURS, "v2", "v5"), by(None, "v2"), by(OURS, "v4")], "v4"),
        ([by(RESTORED, "v2"), by(OURS, "v5"), by(OURS, "v2", "v5"), by(OURS, "v2")], "v2"),
        ([by(RESTORED, "v9"), by(OURS, "v5"), by(OURS, "v9", "v5"), by(None, "v9")], None),
    ],
    ids=[
        "a rollback to what is on record",
        "the newest record",
        "something by hand since",
        "a rollback by hand",
        "a canary",
        "a failed deploy was restored",
        "a failed deploy over a manual one was restored",
    ],
)
def test_deploy_of_another_machine_is_known_by_message(
    past: list[DeploymentEvent], found: str | None
) -> None:
    records = [
        record(Status.SUCCEEDED).model_copy(update={"version_id": one}) for one in ("v3", "v2")
    ]
    assert deployed_elsewhere(past, {}, records) == found


def test_rollback_to_an_unknown_commit_is_expected() -> None:
    unknown = record(Status.SUCCEEDED, None)
    assert expected_record([unknown, record(Status.SUCCEEDED, "left on purpose")]) is unknown


@pytest.mark.parametrize(
    ("tag", "commit"),
    [
        ("0123456789abcdef-0123456789ab", "0123456789ab"),
        ("0123456789abcdef-no-commit", None),
        ("v1.2.3", None),
        ("", None),
        ("0123456789abcdef-0123456789zz", None),
    ],
)
def test_only_a_tag_of_ours_names_a_commit(tag: str, commit: str | None) -> None:
    assert commit_of_tag(tag) == commit
