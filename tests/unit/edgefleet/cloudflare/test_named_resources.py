"""What a configuration or a version names: each kind once, with what it is in, but not itself."""

from typing import Any

import pytest

from edgefleet.cloudflare.named_resources import (
    NamedResource,
    ResourceKind,
    creation,
    named,
    named_by,
    unseen,
)
from edgefleet.cloudflare.worker.metadata import bindings
from support.uploads import ELSEWHERE, LOCAL, config

ALL = config(
    **{**LOCAL, **ELSEWHERE},
    tail_consumers=[{"service": "tail"}],
    routes=[
        {"pattern": "a.example/*", "zone_name": "a.example"},
        {"pattern": "b.example/*", "zone_id": "zone-b"},
        {"pattern": "chat.c.example", "custom_domain": True},
        {"pattern": "a.example/more/*", "zone_name": "a.example"},
    ],
)


def test_every_kind_of_resource_is_named() -> None:
    unbound = {ResourceKind.GATEWAY, ResourceKind.SUBDOMAIN}
    assert {one.kind for one in named(ALL)} == set(ResourceKind) - unbound


def test_everything_is_named_with_what_it_is_in() -> None:
    words = {one.words for one in named(ALL)}
    assert words >= {
        "KV namespace '11111111111111111111111111111111'",
        "script 'other'",
        "script 'o'",
        "script 'tail'",
        "entrypoint 'Named' in the script 'other'",
        "Durable Object class 'Room' in the script 'other'",
        "workflow 'flow-2' of the script 'other'",
        "secret 'n' in the store 's'",
        "verified destination address 'b@example.com'",
        "stream of a pipeline 's'",
        "zone 'zone-b'",
        "zone of the host 'chat.c.example'",
    }
    assert [one.name for one in named(ALL) if one.kind is ResourceKind.ZONE] == [
        "a.example",
        "zone-b",
    ]


def test_a_worker_need_not_be_there_for_itself() -> None:
    own = config(
        services=[{"binding": "SELF", "service": "everything", "entrypoint": "Admin"}],
        durable_objects={"bindings": [{"name": "ROOM", "class_name": "Room"}]},
        tail_consumers=[{"service": "everything"}],
    )
    assert list(named(own)) == []


def test_what_cannot_be_looked_for_is_said_once_of_each_kind() -> None:
    assert [words for words, _ in unseen(ALL)] == [
        "unsafe bindings",
        "R2 buckets of a jurisdiction",
        "networks of a VPC",
    ]
    assert list(unseen(config())) == []


def test_a_version_names_what_its_file_names() -> None:
    """But for the parts of other scripts, whose absence stops no rollback."""
    told = {(one.kind, one.name) for one in named_by(bindings(ALL))}
    others = {ResourceKind.ENTRYPOINT, ResourceKind.CLASS, ResourceKind.WORKFLOW}
    zones = {ResourceKind.ZONE, ResourceKind.HOST_ZONE}
    written = {(one.kind, one.name) for one in named(ALL) if one.kind not in others | zones}
    assert written - told == {(ResourceKind.SCRIPT, "tail"), (ResourceKind.SCRIPT, "o")}
    assert told <= written


def test_a_d1_database_is_found_by_either_key_of_a_version() -> None:
    (one,) = named_by([{"type": "d1", "name": "DB", "database_id": "d"}])
    assert (one.kind, one.name, one.keys[0]) == (ResourceKind.DATABASE, "d", "DB")


@pytest.mark.parametrize(
    ("one", "words"),
    [
        (NamedResource(ResourceKind.BUCKET, "a b", ()), "wrangler r2 bucket create 'a b'"),
        (NamedResource(ResourceKind.CLASS, "Room", (), "other"), "deploy the script other first"),
        (NamedResource(ResourceKind.ZONE, "a.example", ()), "make it at Cloudflare first"),
    ],
)
def test_a_missing_resource_comes_with_what_to_do(one: NamedResource, words: str) -> None:
    assert words in creation(one)


@pytest.mark.parametrize(
    "odd", [{"r2_buckets": 5}, {"services": ["x"]}, {"queues": []}, {"send_email": [{"name": 1}]}]
)
def test_a_section_of_another_shape_names_nothing(odd: dict[str, Any]) -> None:
    assert list(named(config(**odd))) == []
    assert list(unseen(config(**odd))) == []
