"""Rules across the fleet: no two targets share what only one may have."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator
from typing import NamedTuple

from edgefleet.cloudflare.triggers.declared_workflows import is_own
from edgefleet.cloudflare.triggers.hosts import host, pattern
from edgefleet.config.reading.rule import KeyPath, Problem, Rule, Severity
from edgefleet.config.reading.views import TargetView, TenantFiles
from edgefleet.config.target import Environment
from edgefleet.config.wrangler_config import WranglerRoute
from edgefleet.core.foreign.values import entries

SCRIPT_SHARED = Rule(
    code="script-shared",
    means="Two targets have the same script in the same account. Each deploy of one would "
    "overwrite the other.",
    example='"env": { "staging": { "name": "bot" }, "production": { "name": "bot" } }',
    fix="give each environment its own script: leave out its name, or choose another one",
)
KV_NAMESPACE_SHARED = Rule(
    code="kv-namespace-shared",
    means="Two targets are bound to the same KV namespace, so each reads and overwrites the "
    "other's data. Between tenants this is an error; between staging and production of one tenant "
    "a warning.",
    example='{ "binding": "CACHE", "id": "7f5a..." }   // in staging and in production',
    fix="create a KV namespace for each target",
)
D1_DATABASE_SHARED = Rule(
    code="d1-database-shared",
    means="Two targets are bound to the same D1 database, so each reads and overwrites the "
    "other's data. Between tenants this is an error; between staging and production of one tenant "
    "a warning.",
    example='{ "binding": "DB", "database_id": "7fa5..." }   // in staging and in production',
    fix="create a D1 database for each target",
)
VECTORIZE_INDEX_SHARED = Rule(
    code="vectorize-index-shared",
    means="Two targets in one account name the same Vectorize index, so each changes what the "
    "other finds. Between tenants this is an error; between staging and production of one tenant "
    "a warning. A name counts within its account.",
    example='{ "binding": "VECTORIZE", "index_name": "documents" }   // in two tenants',
    fix="name an index for each target",
)
R2_BUCKET_SHARED = Rule(
    code="r2-bucket-shared",
    means="Two targets in one account are bound to the same R2 bucket, so each reads and "
    "overwrites the other's objects. Between tenants this is an error; between staging and "
    "production of one tenant a warning.",
    example='{ "binding": "FILES", "bucket_name": "files" }   // in staging and in production',
    fix="create a bucket for each target",
)
HYPERDRIVE_SHARED = Rule(
    code="hyperdrive-shared",
    means="Two targets are bound to the same Hyperdrive configuration, so each reads and "
    "overwrites what the other has in the database behind it. Between tenants this is an error; "
    "between staging and production of one tenant a warning.",
    example='{ "binding": "PG", "id": "57b7..." }   // in staging and in production',
    fix="create a database and a configuration for each target",
)
HOST_SHARED = Rule(
    code="host-shared",
    means="Two targets name the same custom domain. A host belongs to one Worker: each deploy of "
    "one target would take it away from the other. An environment without routes inherits those "
    "of the top level.",
    example='"routes": [{ "pattern": "chat.acme.example", "custom_domain": true }],\n'
    '"env": { "staging": { }, "production": { } }',
    fix="name the host in the one environment that it belongs to",
)
ROUTE_SHARED = Rule(
    code="route-shared",
    means="Two targets name the same route pattern. Cloudflare gives a pattern to one "
    "Worker, and refuses the other one when its new version has all traffic already. An "
    "environment without routes inherits those of the top level.",
    example='"routes": ["api.acme.example/*"],\n"env": { "staging": { }, "production": { } }',
    fix="name the pattern in the one environment that it belongs to",
)
QUEUE_CONSUMER_SHARED = Rule(
    code="queue-consumer-shared",
    means="Two targets in one account consume the same queue. A queue has one consumer, so "
    "edgefleet refuses the second one. An environment does not inherit queues of the top level.",
    example='"queues": { "consumers": [{ "queue": "jobs" }] }   // in staging and in production',
    fix="create a queue for each target",
)
WORKFLOW_SHARED = Rule(
    code="workflow-shared",
    means="Two targets in one account have a workflow of the same name. A name belongs to one "
    "script, so edgefleet refuses the second one.",
    example='"workflows": [{ "binding": "W", "name": "orders", "class_name": "Orders" }]',
    fix="name a workflow for each target",
)
RULES = (
    SCRIPT_SHARED,
    KV_NAMESPACE_SHARED,
    D1_DATABASE_SHARED,
    VECTORIZE_INDEX_SHARED,
    R2_BUCKET_SHARED,
    HYPERDRIVE_SHARED,
    HOST_SHARED,
    ROUTE_SHARED,
    QUEUE_CONSUMER_SHARED,
    WORKFLOW_SHARED,
)

_WHAT = {
    SCRIPT_SHARED.code: "script",
    KV_NAMESPACE_SHARED.code: "KV namespace",
    D1_DATABASE_SHARED.code: "D1 database",
    VECTORIZE_INDEX_SHARED.code: "Vectorize index",
    R2_BUCKET_SHARED.code: "R2 bucket",
    HYPERDRIVE_SHARED.code: "Hyperdrive configuration",
    HOST_SHARED.code: "host",
    ROUTE_SHARED.code: "route",
    QUEUE_CONSUMER_SHARED.code: "queue",
    WORKFLOW_SHARED.code: "workflow",
}


DATA = (
    KV_NAMESPACE_SHARED,
    D1_DATABASE_SHARED,
    VECTORIZE_INDEX_SHARED,
    R2_BUCKET_SHARED,
    HYPERDRIVE_SHARED,
)
"""What two environments of one tenant may share, with a warning."""

_RULES = {rule.code: rule for rule in RULES}


class Use(NamedTuple):
    """A resource that only one target may use."""

    rule: str
    """The code of the rule that another target breaks if it uses it too."""
    account: str
    """Its account, if its name is unique only there; else empty."""
    id: str
    tenant: str
    environment: Environment
    keys: KeyPath
    """Where it is named, in the configuration of the environment."""

    @property
    def target(self) -> tuple[str, Environment]:
        """The target that uses it."""
        return self.tenant, self.environment


def scripts_of(fleet: Iterable[Use]) -> frozenset[tuple[str, str]]:
    """Return account and script of each target among these uses."""
    return frozenset((use.account, use.id) for use in fleet if use.rule == SCRIPT_SHARED.code)


def uses(target: TargetView) -> Iterator[Use]:
    """Yield the resources that only this target may use."""
    worker, whose = target.worker, (target.tenant.name, target.environment)
    if worker.account_id and worker.name:
        yield Use(SCRIPT_SHARED.code, worker.account_id, worker.name, *whose, ("name",))
    for number, namespace in enumerate(worker.kv_namespaces):
        if namespace.id:
            keys: KeyPath = ("kv_namespaces", number, "id")
            yield Use(KV_NAMESPACE_SHARED.code, "", namespace.id, *whose, keys)
    for number, database in enumerate(worker.d1_databases):
        if database.database_id:
            keys = ("d1_databases", number, "database_id")
            yield Use(D1_DATABASE_SHARED.code, "", database.database_id, *whose, keys)
    for number, bound in enumerate(worker.vectorize):
        if bound.index_name:
            keys = ("vectorize", number, "index_name")
            account = worker.account_id or ""
            yield Use(VECTORIZE_INDEX_SHARED.code, account, bound.index_name, *whose, keys)
    for keys, route in _routes(target):
        rule = HOST_SHARED if route.custom_domain else ROUTE_SHARED
        name = host(route.pattern) if route.custom_domain else pattern(route.pattern)
        yield Use(rule.code, "", name, *whose, keys)
    yield from _named(target)


def _named(target: TargetView) -> Iterator[Use]:
    """Yield what is bound or consumed; but for Hyperdrive, a name counts in its account alone."""
    account, whose = target.worker.account_id or "", (target.tenant.name, target.environment)
    keys: KeyPath
    for number, one in entries(target.resolved, "r2_buckets"):
        place = f"{account} {one.get('jurisdiction') or ''}"  # each jurisdiction has its own names
        keys = ("r2_buckets", number, "bucket_name")
        yield Use(R2_BUCKET_SHARED.code, place, str(one.get("bucket_name")), *whose, keys)
    for number, one in entries(target.resolved, "hyperdrive"):
        keys = ("hyperdrive", number, "id")
        yield Use(HYPERDRIVE_SHARED.code, "", str(one.get("id")), *whose, keys)
    for number, one in entries(target.resolved, "queues", "consumers"):
        keys = ("queues", "consumers", number, "queue")
        yield Use(QUEUE_CONSUMER_SHARED.code, account, str(one.get("queue")), *whose, keys)
    for number, one in entries(target.resolved, "workflows"):
        if is_own(one, target.worker.name):
            keys = ("workflows", number, "name")
            yield Use(WORKFLOW_SHARED.code, account, str(one.get("name")), *whose, keys)


def _routes(target: TargetView) -> Iterator[tuple[KeyPath, WranglerRoute]]:
    if target.worker.route:
        yield ("route",), target.worker.route
    for number, route in enumerate(target.worker.routes):
        yield ("routes", number), route


def shared(
    fleet: Iterable[Use],
    chosen: Collection[tuple[str, Environment]],
    files_of: Callable[[str], TenantFiles],
) -> Iterator[Problem]:
    """Check that the targets `chosen` share nothing with any other target.

    Each problem stands at a chosen target and names the other one; `files_of` reads their files
    again for that.
    """
    groups: dict[tuple[str, ...], list[Use]] = defaultdict(list)
    for use in fleet:
        groups[use[:3]].append(use)
    for (code, *_), group in groups.items():
        if len(group) > 1 and len({use.target for use in group}) > 1:
            yield from _problems(_RULES[code], group, chosen, files_of)


def _problems(
    rule: Rule,
    group: list[Use],
    chosen: Collection[tuple[str, Environment]],
    files_of: Callable[[str], TenantFiles],
) -> Iterator[Problem]:
    # A target that was not chosen keeps the resource, else the first one does.
    owner = next((use for use in group if use.target not in chosen), group[0])
    for use in group:
        if use.target == owner.target or use.target not in chosen:
            continue
        tolerated = use.tenant == owner.tenant and rule in DATA
        severity = Severity.WARNING if tolerated else Severity.ERROR
        other, read = files_of(owner.tenant).wrangler.file, files_of(use.tenant)
        whose = f"{'-'.join(owner.target)} ({other})"
        message = f"the {_WHAT[rule.code]} '{use.id}' is also used by {whose}"
        place = read.path_of(use.environment, *use.keys)
        yield rule.broken(read.wrangler.file, place, message, severity=severity)
