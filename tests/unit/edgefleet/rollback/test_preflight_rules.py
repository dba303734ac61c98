"""What stops a return to a version is said at once, and what it does not undo."""

from edgefleet.cloudflare.models import Version, VersionDetails
from edgefleet.cloudflare.named_resources import named_by
from edgefleet.rollback.preflight_rules import (
    changed_secrets,
    obstacles,
    secrets_set_since,
    side_effects,
)

BINDINGS = (
    {"type": "kv_namespace", "name": "CACHE", "namespace_id": "kv1"},
    {"type": "d1", "name": "DB", "id": "db1", "database_id": "db1"},
    {"type": "vectorize", "name": "V", "index_name": "docs"},
    {"type": "durable_object_namespace", "name": "DO", "class_name": "Room"},
    {"type": "secret_text", "name": "KEY"},
    {"type": "plain_text", "name": "LEVEL", "text": "info"},
)
OLD = VersionDetails(id="v1", bindings=BINDINGS, migration_tag="m1")
NEW = OLD.model_copy(update={"id": "v2"})
VERSIONS = [Version(id="v2", number=2), Version(id="v1", number=1)]


def test_unchanged_surroundings_allow_a_rollback() -> None:
    assert obstacles(OLD, NEW, VERSIONS, ()) == []


def test_every_obstacle_is_said_at_once() -> None:
    live = NEW.model_copy(update={"migration_tag": "m2"})
    found = obstacles(OLD, live, VERSIONS[:1], tuple(named_by(BINDINGS)))
    assert found == [
        "it is not among the newest 100 versions",
        "a Durable Object migration lies between: it is at 'm1', the live version at 'm2'",
        "its binding CACHE needs the KV namespace 'kv1', which is gone",
        "its binding DB needs the D1 database 'db1', which is gone",
        "its binding V needs the Vectorize index 'docs', which is gone",
    ]


def test_secrets_that_only_one_version_has_are_named() -> None:
    other = NEW.model_copy(update={"bindings": ({"type": "secret_text", "name": "TOKEN"},)})
    assert changed_secrets(OLD, other) == ["KEY", "TOKEN"]
    assert changed_secrets(OLD, NEW) == []


def test_secrets_that_were_set_since_are_counted() -> None:
    versions = [Version(id="v3", number=3, set_secret=True), *VERSIONS]
    assert [secrets_set_since(one, versions) for one in ("v1", "v3", "gone")] == [1, 0, 0]


def test_data_and_the_next_change_of_a_secret_are_warned_of() -> None:
    data, secret = side_effects(OLD, NEW, VERSIONS)
    assert data == "the data in KV, D1, Durable Objects, Vectorize stays as it is now"
    assert "10215" in secret
    assert "v2" in secret
    assert side_effects(NEW, NEW.model_copy(update={"bindings": ()}), VERSIONS) == (data,)
    bare = OLD.model_copy(update={"bindings": ()})
    assert side_effects(bare, bare, []) == ()
