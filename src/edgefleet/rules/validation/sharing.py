"""What must hold across the fleet: no two targets share what only one may have."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from typing import NamedTuple

from edgefleet.model.finding import Severity
from edgefleet.rules.validation.rule import KeyPath, Problem, Rule
from edgefleet.rules.validation.subject import TargetView

SCRIPT_SHARED = Rule(
    code="script-shared",
    means="Two targets have the same script in the same account. Each deploy of one would "
    "overwrite the other.",
    example='"env": { "staging": { "name": "bot" }, "production": { "name": "bot" } }',
    fix="give each environment a script of its own: leave out name in it, or choose another",
)
KV_NAMESPACE_SHARED = Rule(
    code="kv-namespace-shared",
    means="Two targets are bound to the same KV namespace, so that one reads and overwrites the "
    "other's data. Between tenants this is an error; between staging and production of one tenant "
    "a warning.",
    example='{ "binding": "CACHE", "id": "7f5a..." }   // in staging and in production',
    fix="create a KV namespace for each target",
)
D1_DATABASE_SHARED = Rule(
    code="d1-database-shared",
    means="Two targets are bound to the same D1 database, so that one reads and overwrites the "
    "other's data. Between tenants this is an error; between staging and production of one tenant "
    "a warning.",
    example='{ "binding": "DB", "database_id": "7fa5..." }   // in staging and in production',
    fix="create a D1 database for each target",
)
VECTORIZE_INDEX_SHARED = Rule(
    code="vectorize-index-shared",
    means="Two targets name the same Vectorize index. Between tenants this is an error, in "
    "different accounts too: there it is mostly a copied line, and the name of an index should "
    "say whose it is. Between staging and production of one tenant it is a warning.",
    example='{ "binding": "VECTORIZE", "index_name": "documents" }   // in two tenants',
    fix="name an index for each target",
)
RULES = (SCRIPT_SHARED, KV_NAMESPACE_SHARED, D1_DATABASE_SHARED, VECTORIZE_INDEX_SHARED)

_WHAT = {
    SCRIPT_SHARED.code: "script",
    KV_NAMESPACE_SHARED.code: "KV namespace",
    D1_DATABASE_SHARED.code: "D1 database",
    VECTORIZE_INDEX_SHARED.code: "Vectorize index",
}


_RULES = {rule.code: rule for rule in RULES}


class _Use(NamedTuple):
    target: TargetView
    keys: KeyPath
    id: str

    @property
    def tenant(self) -> str:
        return self.target.tenant.name


def shared(fleet: Iterable[TargetView], chosen: Collection[tuple[str, str]]) -> Iterator[Problem]:
    """Check that the targets `chosen`, as (tenant, environment), share nothing with any other.

    Where they do, every place that names the shared thing is reported, the other tenants' too.
    """
    groups: dict[tuple[str, ...], list[_Use]] = defaultdict(list)
    for target in fleet:
        for key, use in _uses(target):
            groups[key].append(use)
    for (code, *_), group in groups.items():
        targets = {(use.tenant, use.target.environment.value) for use in group}
        if len(targets) > 1 and not targets.isdisjoint(chosen):
            yield from _problems(_RULES[code], group)


def _uses(target: TargetView) -> Iterator[tuple[tuple[str, ...], _Use]]:
    """Yield what a target has for itself alone: the key that no other may have, and where."""
    worker = target.worker
    if worker.account_id and worker.name:
        key = (SCRIPT_SHARED.code, worker.account_id, worker.name)
        yield key, _Use(target, ("name",), worker.name)
    for number, namespace in enumerate(worker.kv_namespaces):
        if namespace.id:
            use = _Use(target, ("kv_namespaces", number, "id"), namespace.id)
            yield (KV_NAMESPACE_SHARED.code, namespace.id), use
    for number, database in enumerate(worker.d1_databases):
        if database.database_id:
            use = _Use(target, ("d1_databases", number, "database_id"), database.database_id)
            yield (D1_DATABASE_SHARED.code, database.database_id), use
    for number, bound in enumerate(worker.vectorize):
        use = _Use(target, ("vectorize", number, "index_name"), bound.index_name)
        yield (VECTORIZE_INDEX_SHARED.code, bound.index_name), use


def _problems(rule: Rule, group: list[_Use]) -> Iterator[Problem]:
    one_tenant = len({use.tenant for use in group}) == 1
    mild = one_tenant and rule is not SCRIPT_SHARED
    severity = Severity.WARNING if mild else Severity.ERROR
    first = group[0]
    for use in group:
        other = first if _target(use) != _target(first) else _other(group, first)
        message = f"the {_WHAT[rule.code]} '{use.id}' is also that of {_target(other)}"
        yield rule.broken(use.target.file, use.target.path(*use.keys), message, severity=severity)


def _other(group: list[_Use], first: _Use) -> _Use:
    return next(use for use in group if _target(use) != _target(first))


def _target(use: _Use) -> str:
    return f"{use.tenant}-{use.target.environment}"
