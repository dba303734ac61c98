"""Which resources a target binds, and what becomes of each."""

from typing import Any

import pytest

from edgefleet.cloudflare.creation.kinds import ExistingResource
from edgefleet.cloudflare.named_resources import ResourceKind as K
from edgefleet.config.contract.models import Contract
from edgefleet.config.contract.provisioning import ProvisionSection
from edgefleet.core.model import Json
from edgefleet.onboard.provision.models import Step, StepState, Wanted
from edgefleet.onboard.provision.rules import (
    decided,
    missing_bindings,
    stock_key,
    unbound,
    unknown_names,
    wanted,
)

ID = "a" * 32


def wants(
    resolved: dict[str, Json],
    *,
    settings: Json = None,
    bindings: dict[str, Json] | None = None,
    **section: Any,
) -> tuple[Wanted, ...]:
    contract = Contract.model_validate({"bindings": bindings})
    told = ProvisionSection.model_validate(section)
    return wanted({"name": "shop-staging", **resolved}, settings or {}, contract, told)


def names(found: tuple[Wanted, ...]) -> list[tuple[K, str, str | None]]:
    return [(one.kind, one.name, one.id) for one in found]


def test_names_come_from_the_files_or_from_script_and_binding() -> None:
    found = wants(
        {
            "kv_namespaces": [{"binding": "MY_CACHE", "id": ID}],
            "d1_databases": [{"binding": "DB", "database_name": "orders"}, {"binding": "LOG"}],
            "vectorize": [{"binding": "V", "index_name": "docs"}],
            "r2_buckets": [{"binding": "FILES"}],
            "hyperdrive": [{"binding": "PG"}],
            "dispatch_namespaces": [{"binding": "USERS", "namespace": "users"}],
        }
    )
    assert names(found) == [
        (K.NAMESPACE, "shop-staging-my-cache", ID),
        (K.DATABASE, "orders", None),
        (K.DATABASE, "shop-staging-log", None),
        (K.INDEX, "docs", "docs"),
        (K.BUCKET, "shop-staging-files", None),
        (K.HYPERDRIVE, "shop-staging-pg", None),
        (K.DISPATCH_NAMESPACE, "users", "users"),
    ]


def test_a_resource_that_several_bindings_name_is_wanted_once() -> None:
    found = wants(
        {
            "kv_namespaces": [{"binding": "A", "id": ID}, {"binding": "B", "id": ID}],
            "queues": {
                "producers": [{"binding": "Q", "queue": "jobs"}],
                "consumers": [{"queue": "jobs", "dead_letter_queue": "dead"}, {"queue": "more"}],
            },
        }
    )
    assert names(found) == [
        (K.NAMESPACE, "shop-staging-a", ID),
        (K.QUEUE, "jobs", "jobs"),
        (K.QUEUE, "more", "more"),
        (K.QUEUE, "dead", "dead"),
    ]
    assert [bound.binding for bound in found[0].bound] == ["A", "B"]


def test_what_the_contract_needs_and_no_file_binds_is_wanted() -> None:
    bindings = {"V": "vectorize", "CACHE": "kv_namespaces", "JOBS": "queues", "AI": "ai"}
    bound = {"kv_namespaces": [{"binding": "CACHE", "id": ID}]}
    found = wants(bound, bindings=bindings, vectorize={"V": {"dimensions": 3}})
    assert names(found) == [
        (K.NAMESPACE, "shop-staging-cache", ID),
        (K.INDEX, "shop-staging-v", None),
        (K.QUEUE, "shop-staging-jobs", None),
    ]
    assert (found[1].dimensions, found[1].metric) == (3, "cosine")
    contract = Contract.model_validate({"bindings": bindings})
    assert list(missing_bindings(bound, contract)) == ["the binding AI is missing: add it to ai"]


def test_gateways_are_named_by_settings_and_vars() -> None:
    pointers = ["/settings/gateway", "/settings/absent", "/vars/GATEWAYS", "/settings/number"]
    found = wants(
        {"vars": {"GATEWAYS": ["two", "", "one"]}},
        settings={"gateway": "one", "number": 3},
        aiGateways=pointers,
    )
    assert names(found) == [(K.GATEWAY, "one", "one"), (K.GATEWAY, "two", "two")]


def test_places_come_from_the_binding_else_from_the_fleet() -> None:
    found = wants(
        {
            "kv_namespaces": [{"binding": "KV"}],
            "d1_databases": [{"binding": "DB", "jurisdiction": "us"}, {"binding": "NEAR"}],
            "r2_buckets": [{"binding": "FILES", "bucket_name": "f", "jurisdiction": "eu"}],
        },
        places={
            "KV": {"jurisdiction": "eu"},
            "DB": {"jurisdiction": "eu"},
            "NEAR": {"location": "weur"},
            "FILES": {"location": "oc"},
        },
    )
    assert [(one.jurisdiction, one.location) for one in found] == [
        ("eu", ""),
        ("us", ""),
        ("", "weur"),
        ("eu", ""),
    ]


def test_what_is_told_of_no_binding_is_named() -> None:
    section = ProvisionSection.model_validate(
        {
            "vectorize": {"KV": {"dimensions": 3}},
            "hyperdrive": {"PG": {"connectionString": "PG_URL"}},
            "places": {"FILES": {"jurisdiction": "eu"}, "KV": {"location": "oc"}},
        }
    )
    here = wants({"kv_namespaces": [{"binding": "KV"}], "r2_buckets": [{"binding": "FILES"}]})
    said = list(unknown_names(section, here))
    assert [line.split(" of fleet.jsonc ")[0] for line in said] == [
        "provision.vectorize.KV",
        "provision.hyperdrive.PG",
        "provision.places.FILES",
        "provision.places.KV",
    ]


ONE = Wanted(K.NAMESPACE, "cache", ID)
INDEX = Wanted(K.INDEX, "docs", "docs", dimensions=3, metric="cosine")


def decide(one: Wanted, *there: ExistingResource, ours: bool = False) -> Step:
    return decided(one, {stock_key(one): {each.name: each for each in there}}, lambda *_: ours)


@pytest.mark.parametrize(
    ("one", "there", "ours", "state", "identity"),
    [
        (ONE, ExistingResource("renamed", ID), False, StepState.PRESENT, ID),
        (ONE, ExistingResource("cache", "b"), False, StepState.TAKE, "b"),
        (ONE, ExistingResource("cache", "b"), True, StepState.RESUME, "b"),
        (ONE, ExistingResource("other", "b"), True, StepState.CREATE, None),
        (ONE._replace(lacks="tell it"), ExistingResource("x", "x"), False, StepState.UNTOLD, None),
        (ONE._replace(lacks="x"), ExistingResource("cache", "b"), False, StepState.TAKE, "b"),
        (INDEX, ExistingResource("docs", "docs", 3, "cosine"), False, StepState.PRESENT, "docs"),
        (INDEX, ExistingResource("docs", "docs", 4, "cosine"), False, StepState.CONFLICT, None),
        (
            INDEX._replace(id=None),
            ExistingResource("docs", "docs", 3, "euclidean"),
            True,
            StepState.CONFLICT,
            None,
        ),
    ],
)
def test_what_the_account_has_decides(
    one: Wanted, there: ExistingResource, ours: bool, state: StepState, identity: str | None
) -> None:
    step = decide(one, there, ours=ours)
    assert (step.state, step.id) == (state, identity)


def test_what_nothing_binds_is_reported() -> None:
    kv, r2 = (K.NAMESPACE, ""), (K.BUCKET, "eu")
    stock = {
        kv: {
            "cache": ExistingResource("cache", "old"),
            "new": ExistingResource("new", ID),
            "by name": ExistingResource("by name", "b"),
        },
        r2: {"files": ExistingResource("files", "files")},
    }
    bound = [ONE, Wanted(K.NAMESPACE, "by name", "gone"), Wanted(K.BUCKET, "files", "files")]
    assert unbound(stock, bound) == ("KV namespace 'cache'", "R2 bucket 'files'")
