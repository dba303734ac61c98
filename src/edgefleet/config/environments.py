"""Resolve one environment of a wrangler file, as wrangler does it.

Inheritable keys come from the environment or, whole, from the top level; the others do not
inherit at all (https://developers.cloudflare.com/workers/wrangler/configuration/, verified with
wrangler 4.63.0).
"""

from collections.abc import Mapping

from edgefleet.core.model import Json

NON_INHERITABLE = frozenset(
    """
    vars define durable_objects workflows kv_namespaces cloudchamber containers send_email queues
    r2_buckets d1_databases vectorize hyperdrive services analytics_engine_datasets
    dispatch_namespaces mtls_certificates tail_consumers streaming_tail_consumers unsafe browser ai
    images media pipelines secrets_store_secrets unsafe_hello_world worker_loaders ratelimits
    vpc_services version_metadata agent_memory ai_search ai_search_namespaces analytics artifacts
    connect flagship k2 secrets stream vpc_networks
    """.split()
)
"""Keys that each environment must repeat."""

TOP_LEVEL_ONLY = frozenset(
    "keep_vars send_metrics legacy_env dev site wasm_modules text_blobs data_blobs alias addresses "
    "dependencies_instrumentation pages_build_output_dir".split()
)
"""Keys that exist at the top level alone; an environment gets the top level's value."""


def environments(wrangler: Mapping[str, Json]) -> tuple[str, ...]:
    """Return the names of the environments that a wrangler file has."""
    named = wrangler.get("env")
    return tuple(named) if isinstance(named, Mapping) else ()


def inherited(wrangler: Mapping[str, Json], environment: str) -> dict[str, Json]:
    """Return what an environment that says nothing itself gets from the top level."""
    top = {
        key: value
        for key, value in wrangler.items()
        if key not in NON_INHERITABLE and key not in {"env", "$schema"}
    }
    if "name" in top:
        top["name"] = f"{top['name']}-{environment}"
    return top
