"""The services of the API: which there are, and what each of them is given."""

from collections.abc import Sequence

from starlette.routing import Route

from localedge.services import accounts, ai, analytics
from localedge.services.graphql import endpoint as graphql
from localedge.services.observability import telemetry
from localedge.services.routing import custom_domains as domains
from localedge.services.routing import routes as zone_routes
from localedge.services.routing import subdomain, zones
from localedge.services.storage import (
    agent_memory,
    d1,
    event_subscriptions,
    hyperdrive,
    kv,
    mtls_certificates,
    queue_messages,
    queues,
    r2_buckets,
    r2_objects,
    r2_settings,
    secrets_store,
    vectorize,
)
from localedge.services.storage import d1_transfers as d1_files
from localedge.services.workers import (
    account_workers,
    assets,
    containers,
    deployments,
    dispatch_namespaces,
    schedules,
    scripts,
    settings,
    tails,
    versions,
    worker_versions,
    workers,
    workflows,
)
from localedge.services.workers import secrets as secrets_service
from localedge.state.server import ServerState


def service_routes(state: ServerState, networks: Sequence[str]) -> list[Route]:
    """Return the routes of all services, relative to the API's base.

    `networks` are the private addresses, as CIDR blocks, that localedge may lead Workers to.
    """
    of_scripts = (
        accounts,
        scripts,
        assets,
        versions,
        workers,
        worker_versions,
        account_workers,
        deployments,
        secrets_service,
        settings,
        tails,
        schedules,
        workflows,
        graphql,
        telemetry,
        subdomain,
        zones,
        zone_routes,
        domains,
        queues,
        queue_messages,
        event_subscriptions,
        containers,
    )
    shared = [route for service in of_scripts for route in service.routes(state)]
    return [
        *shared,
        *dispatch_namespaces.routes(state),
        *dispatch_namespaces.in_namespaces(shared),
        *kv.routes(state.kv),
        *d1.routes(state.d1),
        *d1_files.routes(state.d1, state.d1_transfers),
        *r2_buckets.routes(state.r2),
        *r2_objects.routes(state.r2),
        *r2_settings.routes(state.r2, state.queue_name),
        *secrets_store.routes(state.secrets_stores),
        *agent_memory.routes(state.resources),
        *hyperdrive.routes(state.hyperdrive, networks),
        *mtls_certificates.routes(state.certificates),
        *vectorize.routes(state.vectorize),
        *analytics.routes(state.analytics),
        *ai.routes(state.ai_log, state.ai_gateways),
    ]
