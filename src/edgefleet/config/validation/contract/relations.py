"""Check what must hold between a tenant's settings and an environment's vars."""

from collections.abc import Iterator, Mapping
from functools import cache

from edgefleet.config.contract.models import Relation
from edgefleet.config.contract.pointers import NOTHING, VARS, find, keys
from edgefleet.config.contract.pointers import SETTINGS as IN_SETTINGS
from edgefleet.config.reading.rule import KeyPath, Place, Problem, Rule
from edgefleet.config.reading.schema_errors import dotted
from edgefleet.config.reading.views import TargetView, TenantFiles
from edgefleet.config.tenant import SETTINGS
from edgefleet.core.model import Json

RELATION = Rule(
    code="contract-relation",
    means="A relation of the contract in fleet.jsonc does not hold: a value must be one of a list, "
    "or at most or at least another number. A relation may have another code and another fix, "
    "which the contract then names.",
    example='{ "values": ["/vars/REGION"], "oneOf": "/settings/regions", "message": "..." }',
    fix="change one of both",
)
RULES = (RELATION,)


def tenant_relations(tenant: TenantFiles) -> Iterator[Problem]:
    """Check the relations that are about settings alone."""
    values = _values(tenant, {})
    for relation in tenant.fleet.contract.relations:
        if not relation.needs_vars:
            for path, name in _broken(relation, values):
                yield _problem(relation, tenant.config.file, _place(tenant, path), name)


def target_relations(target: TargetView) -> Iterator[Problem]:
    """Check the relations that are about the vars of an environment, too."""
    relations = [one for one in target.tenant.fleet.contract.relations if one.needs_vars]
    values = _values(target.tenant, target.worker.vars) if relations else {}
    for relation in relations:
        for path, name in _broken(relation, values):
            if path[0] == VARS:
                yield _problem(relation, target.file, target.path(*path), name)
            else:
                place = _place(target.tenant, path)
                yield _problem(relation, target.tenant.config.file, place, name)


def _values(tenant: TenantFiles, variables: Mapping[str, Json]) -> dict[str, Json]:
    return {IN_SETTINGS: tenant.told_apart.get(SETTINGS, {}), VARS: variables}


def _broken(relation: Relation, values: Mapping[str, Json]) -> Iterator[tuple[KeyPath, str]]:
    """Yield the place and the name of each value for which a relation does not hold."""
    ((comparison, pointer),) = relation.compared.items()
    other = find(values, keys(pointer))
    for path in map(keys, relation.values):
        found = find(values, path)
        listed = isinstance(found, list)
        for number, value in enumerate(found if listed else [found]):
            if not _holds(comparison, value, other):
                place: KeyPath = (*path, number) if listed else path
                yield place, dotted(place[1:])


def _holds(comparison: str, value: Json, other: Json) -> bool:
    """Whether a value is as compared with another; what cannot be compared is the schema's."""
    if value is NOTHING or other is NOTHING:
        return True
    if comparison == "oneOf":
        if not isinstance(other, list) or not isinstance(value, str | int | float):
            return True
        # In Python True is 1.
        return value in other and any(each == value and type(each) is type(value) for each in other)
    if not _is_number(value) or not _is_number(other):
        return True
    return bool(value <= other if comparison == "atMost" else value >= other)


def _is_number(value: Json) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _place(tenant: TenantFiles, path: KeyPath) -> KeyPath:
    """Return where a setting stands in tenant.config.json."""
    return path[1:] if tenant.fleet.contract.settings.flat else (SETTINGS, *path[1:])


def _problem(relation: Relation, file: str, place: Place, name: str) -> Problem:
    rule = _rule(relation.code, relation.fix)
    return rule.broken(file, place, f"{name} {relation.message}")


@cache
def _rule(code: str, fix: str) -> Rule:
    return Rule(code=code, means=RELATION.means, example=RELATION.example, fix=fix)
