"""What the environments of a new tenant cannot share."""

from typing import Any

from edgefleet.config.overlay.layers import Base
from edgefleet.config.overlay.merge import merge
from edgefleet.config.target import DEFAULT_ENVIRONMENTS
from edgefleet.onboard.tenants.own_names import overlay_of_new


def overlay(**keys: Any) -> dict[str, Any]:
    """Return the overlay of a new tenant of a Worker with these keys."""
    return overlay_of_new(Base("wrangler.jsonc", "", {"name": "w", **keys}), DEFAULT_ENVIRONMENTS)


def test_worker_without_named_resources_needs_no_overlay() -> None:
    assert overlay(kv_namespaces=[{"binding": "KV", "id": "1"}]) == {}
    assert overlay_of_new(None, DEFAULT_ENVIRONMENTS) == {}


def test_shared_name_gets_the_environment() -> None:
    buckets = [{"binding": "FILES", "bucket_name": "files", "jurisdiction": "eu"}]
    found = overlay(r2_buckets=buckets)["env"]
    assert found["staging"]["r2_buckets"] == [{"binding": "FILES", "bucket_name": "files-staging"}]
    assert found["production"]["r2_buckets"][0]["bucket_name"] == "files-production"


def test_missing_name_is_made_of_script_and_binding() -> None:
    found = overlay(d1_databases=[{"binding": "MY_DB"}])["env"]
    assert found["staging"]["d1_databases"] == [
        {"binding": "MY_DB", "database_name": "w-staging-my-db"}
    ]


def test_names_that_differ_stay_those_of_the_base() -> None:
    env = {
        one: {"vectorize": [{"binding": "INDEX", "index_name": f"index-{one}"}]}
        for one in DEFAULT_ENVIRONMENTS
    }
    assert overlay(env=env) == {}


def test_consumers_follow_their_queues() -> None:
    queues = {
        "producers": [{"binding": "JOBS", "queue": "jobs"}],
        "consumers": [{"queue": "jobs", "dead_letter_queue": "lost", "max_batch_size": 5}],
    }
    found = overlay(queues=queues)["env"]["production"]["queues"]
    assert found == {
        "producers": [{"binding": "JOBS", "queue": "jobs-production"}],
        "consumers": {
            "jobs": None,
            "jobs-production": {"dead_letter_queue": "lost-production", "max_batch_size": 5},
        },
    }
    base = Base("wrangler.jsonc", "", {"name": "w", "queues": queues})
    merged = merge(base.resolve("production"), {"queues": found})
    assert merged["queues"]["consumers"] == [
        {
            "queue": "jobs-production",
            "dead_letter_queue": "lost-production",
            "max_batch_size": 5,
        }
    ]


def test_workflow_of_another_script_is_not_renamed() -> None:
    flows = [{"binding": "FLOW", "name": "flow", "class_name": "F", "script_name": "other"}]
    assert overlay(workflows=flows) == {}


def test_hosts_of_the_base_are_left_out() -> None:
    assert overlay(routes=[{"pattern": "a.example", "custom_domain": True}]) == {"routes": None}


def test_tenant_of_a_shared_account_shares_no_name() -> None:
    keys = {
        "name": "w",
        "r2_buckets": [{"binding": "FILES", "bucket_name": "files"}],
        "d1_databases": [{"binding": "DB"}],
        "queues": {"producers": [{"binding": "JOBS", "queue": "jobs"}]},
    }
    found = overlay_of_new(Base("wrangler.jsonc", "", keys), DEFAULT_ENVIRONMENTS, "acme")
    assert found["name"] == "w-acme"
    assert found["env"]["staging"] == {
        "d1_databases": [{"binding": "DB", "database_name": "w-acme-staging-db"}],
        "r2_buckets": [{"binding": "FILES", "bucket_name": "files-acme-staging"}],
        "queues": {"producers": [{"binding": "JOBS", "queue": "jobs-acme-staging"}]},
    }
