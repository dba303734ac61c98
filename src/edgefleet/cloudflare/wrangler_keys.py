"""What edgefleet does with each key of a wrangler file: every key is decided here, once.

The keys are those of wrangler's own config-schema.json; a test walks the schema and fails on a key
that has no decision here, or on a decision for a key that no schema has.
"""

from collections.abc import Iterator
from enum import StrEnum
from functools import cache
from typing import NamedTuple


class Fate(StrEnum):
    """What becomes of a key."""

    DEPLOYED = "deployed"
    """Cloudflare gets it, and plan and drift compare it."""
    PASSED = "passed on"
    """Each upload carries it, unread; Cloudflare's answers do not tell it, so no plan does."""
    BUILD = "build"
    """It decides the modules that Cloudflare gets."""
    LOCAL = "local"
    """It has no effect at Cloudflare: for editors, development, other commands of wrangler."""
    REFUSED = "refused"
    """edgefleet does not deploy it, and says so by name."""


class Decision(NamedTuple):
    """One key (a dot leads into an object, or into the objects of a list), and what it becomes."""

    key: str
    fate: Fate
    why: str
    since: str = "4.63.0"
    """The first version of wrangler, of those that edgefleet supports, that knows it."""
    whole: bool = False
    """Whether the decision holds for all that is below the key, too."""


NEWEST = "4.164.0"

_DEPLOYED = {
    "name of the script": "name",
    "account that it is in": "account_id",
    "in each upload": "compatibility_date compatibility_flags limits.* placement.* vars.*",
    "settings of the script": "workers_dev preview_urls triggers triggers.crons observability.* "
    "logpush tail_consumers tail_consumers.service tail_consumers.environment",
    "routes and custom domains, written after the upload": "route route.pattern route.zone_id "
    "route.zone_name route.custom_domain routes routes.pattern routes.zone_id routes.zone_name "
    "routes.custom_domain",
    "source maps, sent with the modules; no answer of Cloudflare has them, so none is compared": (
        "upload_source_maps"
    ),
    "applied once, in order": "migrations.*",
    "D1 migrations, applied once, in order, before the upload": "d1_databases.migrations_dir "
    "d1_databases.migrations_table",
    "binding": "kv_namespaces kv_namespaces.binding kv_namespaces.id durable_objects "
    "durable_objects.bindings durable_objects.bindings.name durable_objects.bindings.class_name "
    "durable_objects.bindings.script_name durable_objects.bindings.environment d1_databases "
    "d1_databases.binding d1_databases.database_id vectorize vectorize.binding "
    "vectorize.index_name r2_buckets r2_buckets.binding r2_buckets.bucket_name "
    "r2_buckets.jurisdiction queues queues.producers queues.producers.binding "
    "queues.producers.queue hyperdrive hyperdrive.binding hyperdrive.id services services.binding "
    "services.service services.entrypoint services.props.* analytics_engine_datasets "
    "analytics_engine_datasets.binding analytics_engine_datasets.dataset dispatch_namespaces "
    "dispatch_namespaces.binding dispatch_namespaces.namespace dispatch_namespaces.outbound.* "
    "mtls_certificates mtls_certificates.binding mtls_certificates.certificate_id pipelines "
    "pipelines.binding pipelines.pipeline ratelimits ratelimits.name ratelimits.namespace_id "
    "ratelimits.simple.* secrets_store_secrets secrets_store_secrets.binding "
    "secrets_store_secrets.store_id secrets_store_secrets.secret_name send_email send_email.name "
    "send_email.destination_address send_email.allowed_destination_addresses "
    "send_email.allowed_sender_addresses vpc_services vpc_services.binding "
    "vpc_services.service_id worker_loaders worker_loaders.binding unsafe_hello_world "
    "unsafe_hello_world.binding unsafe_hello_world.enable_timer logfwdr logfwdr.bindings "
    "logfwdr.bindings.name logfwdr.bindings.destination ai ai.binding ai.staging browser "
    "browser.binding images images.binding media media.binding version_metadata "
    "version_metadata.binding assets.binding",
    "static assets, uploaded with the version": "assets assets.directory assets.html_handling "
    "assets.not_found_handling assets.run_worker_first",
    "binding of any type, as the file has it": "unsafe unsafe.bindings.*",
    "binding to a workflow; one of this script is also registered after the upload": "workflows "
    "workflows.binding workflows.name workflows.class_name workflows.script_name",
    "consumers of queues, written after the upload": "queues.consumers queues.consumers.queue "
    "queues.consumers.type queues.consumers.max_batch_size queues.consumers.max_batch_timeout "
    "queues.consumers.max_retries queues.consumers.dead_letter_queue "
    "queues.consumers.max_concurrency queues.consumers.retry_delay",
}
_DEPLOYED_SINCE = {
    "binding": "agent_memory agent_memory.binding agent_memory.namespace ai_search "
    "ai_search.binding ai_search.instance_name ai_search_namespaces ai_search_namespaces.binding "
    "ai_search_namespaces.namespace analytics analytics.binding artifacts artifacts.binding "
    "artifacts.namespace flagship flagship.binding flagship.app_id k2 k2.binding k2.stream "
    "pipelines.stream stream stream.binding vpc_networks vpc_networks.binding "
    "vpc_networks.tunnel_id vpc_networks.network_id",
    "in each upload": "cache.*",
    "in each upload: Durable Object classes and entrypoints; an entry of a workflow or with a "
    "container is refused": "exports.*",
    "with a script upload, or with the deployment that gives traffic; no answer of Cloudflare "
    "tells it, so none is compared": "durable_objects.code_update_strategy.*",
    "D1 migrations, applied once, in order, before the upload": "d1_databases.migrations_pattern",
    "of a workflow of this script, registered after the upload": "workflows.concurrency.* "
    "workflows.default_retention.* workflows.jurisdiction workflows.limits.* "
    "workflows.schedules.*",
}
_PASSED = {
    "in each upload, over what edgefleet says; what edgefleet itself decides is refused there": (
        "unsafe.metadata.*"
    ),
}
_BUILD = {
    "input of wrangler's bundler": "main base_dir rules.* find_additional_modules "
    "preserve_file_names no_bundle minify keep_names tsconfig jsx_factory jsx_fragment alias.* "
    "define.*",
    "edgefleet runs it before wrangler's bundler": "build build.command build.cwd",
}
_LOCAL = {
    "for editors": "$schema",
    "edgefleet resolves it": "env",
    "wrangler dev alone": "dev.* build.watch_dir",
    "wrangler dev alone: a resource at Cloudflare in place of a local one": "ai.remote "
    "browser.remote d1_databases.remote dispatch_namespaces.remote images.remote "
    "kv_namespaces.remote media.remote mtls_certificates.remote pipelines.remote "
    "queues.producers.remote r2_buckets.remote send_email.remote services.remote vectorize.remote "
    "vpc_services.remote workflows.remote",
    "wrangler dev alone: what stands in for the resource": "kv_namespaces.preview_id "
    "d1_databases.preview_database_id r2_buckets.preview_bucket_name "
    "hyperdrive.localConnectionString",
    "edgefleet binds a database by its id": "d1_databases.database_name",
    "wrangler d1 migrations alone": "d1_databases.database_internal_env",
    "wrangler cloudchamber alone": "cloudchamber.*",
    "edgefleet always turns wrangler's telemetry off": "send_metrics",
}
_REFUSED = {
    "Workers Sites": "site.*",
    "containers": "containers.*",
    "schemas in Cap'n Proto, for Workers of Cloudflare's own": "unsafe.capnp.*",
    "Workers that get logs as they are written: `wrangler versions upload` does not send them, and "
    "no answer of Cloudflare tells them": "streaming_tail_consumers.*",
    "modules of Python Workers": "python_modules.*",
    "modules of service workers; an ES module imports its .wasm file": "wasm_modules.*",
    "files of service workers; an ES module imports its text": "text_blobs.*",
    "files of service workers; an ES module imports its data": "data_blobs.*",
    "vars that stay as the dashboard has them: a difference would be neither drift nor right": (
        "keep_vars"
    ),
    "a Pages project": "pages_build_output_dir",
    "a Worker of Cloudflare's own": "first_party_worker",
    "timeouts of pull consumers, which no wrangler file makes": (
        "queues.consumers.visibility_timeout_ms"
    ),
    "it has no effect, as wrangler says: set the delay at the queue": (
        "queues.producers.delivery_delay"
    ),
    "an account of a region with a separate API": "compliance_region",
    "environments within one script": "legacy_env",
}
_LOCAL_SINCE = {
    "wrangler dev alone: a resource at Cloudflare in place of a local one": "hyperdrive.remote "
    "analytics_engine_datasets.remote agent_memory.remote ai_search.remote "
    "ai_search_namespaces.remote analytics.remote artifacts.remote flagship.remote k2.remote "
    "stream.remote vpc_networks.remote",
    "wrangler dev alone: a stand-in for Cloudflare Access": "access.*",
    "wrangler dev alone: sockets on this machine": "connect.*",
    "wrangler preview alone": "previews.*",
    "wrangler dev alone: credentials of the local store": "r2_buckets.local_dev.*",
    "for the creation of a database, by edgefleet provision": "d1_databases.jurisdiction",
    "requiredSecrets of tenant.config.json says which secrets a script needs": "secrets.*",
    "of wrangler's own telemetry": "dependencies_instrumentation.*",
}
_REFUSED_SINCE = {
    "the path below which assets are served: all versions with traffic must have the same, so a "
    "canary could not have another": "assets.base_path",
    "inbound addresses, for which wrangler writes rules of Email Routing besides the upload": (
        "addresses.*"
    ),
    "whether a custom domain serves production and previews: Cloudflare's published API does not "
    "have it": "route.enabled route.previews_enabled routes.enabled routes.previews_enabled",
    "events that start workflows: wrangler subscribes to them besides the upload": (
        "triggers.events.*"
    ),
}


def _decided() -> Iterator[Decision]:
    for fate, groups, since in (
        (Fate.DEPLOYED, _DEPLOYED, "4.63.0"),
        (Fate.PASSED, _PASSED, "4.63.0"),
        (Fate.BUILD, _BUILD, "4.63.0"),
        (Fate.LOCAL, _LOCAL, "4.63.0"),
        (Fate.REFUSED, _REFUSED, "4.63.0"),
        (Fate.DEPLOYED, _DEPLOYED_SINCE, NEWEST),
        (Fate.LOCAL, _LOCAL_SINCE, NEWEST),
        (Fate.REFUSED, _REFUSED_SINCE, NEWEST),
    ):
        for why, names in groups.items():
            for name in names.split():
                whole = name.endswith(".*")
                yield Decision(name.removesuffix(".*"), fate, why, since, whole)


DECISIONS = {decision.key: decision for decision in _decided()}
"""The decision for each key."""


@cache
def decision(key: str) -> Decision | None:
    """Return the decision for a key: its own, or that of an object that is decided as a whole."""
    found = DECISIONS.get(key)
    while found is None and "." in key:
        key = key.rpartition(".")[0]
        above = DECISIONS.get(key)
        found = above if above and above.whole else None
        if above is not None:
            break
    return found


def top_level(version: str) -> frozenset[str]:
    """Return the keys at the top level of a file or an environment that a wrangler knows."""
    return frozenset(
        each.key for each in DECISIONS.values() if "." not in each.key and known(each, version)
    )


def known(decided: Decision, version: str) -> bool:
    """Whether this version of wrangler knows the key."""
    return _numbers(decided.since) <= _numbers(version)


@cache
def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split("."))
