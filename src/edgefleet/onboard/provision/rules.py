"""Which resources a target binds, and what is to become of each."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import NamedTuple

from edgefleet.cloudflare.creation.kinds import ExistingResource
from edgefleet.cloudflare.named_resources import ResourceKind as K
from edgefleet.config.contract.models import Contract
from edgefleet.config.contract.pointers import NOTHING, SETTINGS, VARS, find, keys
from edgefleet.config.contract.provisioning import ProvisionSection
from edgefleet.core.foreign.values import entries
from edgefleet.core.model import Json
from edgefleet.onboard.provision.models import BoundAt, Section, Step, StepState, Wanted


class _Bound(NamedTuple):
    """A section of a wrangler file: which kind its entries bind, and by which keys."""

    kind: K
    section: Section
    id: str
    name: str = ""
    """The key that holds the name beside the id; empty where there is none."""
    binding: str = "binding"
    named: bool = False
    """Whether the id is the name."""


SECTIONS = (
    _Bound(K.NAMESPACE, ("kv_namespaces",), "id"),
    _Bound(K.DATABASE, ("d1_databases",), "database_id", "database_name"),
    _Bound(K.INDEX, ("vectorize",), "index_name", named=True),
    _Bound(K.BUCKET, ("r2_buckets",), "bucket_name", named=True),
    _Bound(K.QUEUE, ("queues", "producers"), "queue", named=True),
    _Bound(K.QUEUE, ("queues", "consumers"), "queue", binding="queue", named=True),
    _Bound(K.QUEUE, ("queues", "consumers"), "dead_letter_queue", binding="queue", named=True),
    _Bound(K.HYPERDRIVE, ("hyperdrive",), "id"),
    _Bound(K.DISPATCH_NAMESPACE, ("dispatch_namespaces",), "namespace", named=True),
)
PLACED = (K.NAMESPACE, K.DATABASE, K.BUCKET)
"""The kinds whose data has a place."""
_BY_CONTRACT = {bound.section[0]: bound for bound in SECTIONS if bound.binding == "binding"}
"""The section that a contract names -> where a missing binding of it is written."""


def wanted(
    resolved: Mapping[str, Json], settings: Json, contract: Contract, section: ProvisionSection
) -> tuple[Wanted, ...]:
    """Return what a target binds, each resource once; the workers.dev subdomain is not among it."""
    found: dict[tuple[str, ...], Wanted] = {}
    bound = [*_bound(resolved, section), *_required(resolved, contract, section)]
    for one in [*bound, *_gateways(resolved, settings, section)]:
        key = (one.kind, one.jurisdiction, one.id or one.name)
        before = found.get(key)
        found[key] = before._replace(bound=(*before.bound, *one.bound)) if before else one
    return tuple(found.values())


def missing_bindings(resolved: Mapping[str, Json], contract: Contract) -> Iterator[str]:
    """Yield what to do about bindings of the contract that name nothing to be made."""
    for name, one in (contract.bindings or {}).items():
        if one.kind not in _BY_CONTRACT and name not in _names(resolved, one.kind):
            yield f"the binding {name} is missing: add it to {one.kind}"


def unknown_names(section: ProvisionSection, wanted_here: Sequence[Wanted]) -> Iterator[str]:
    """Yield the names in `provision` of fleet.jsonc that no binding of a target has."""
    kinds = {at.binding: one.kind for one in wanted_here for at in one.bound}
    takes = {"vectorize": (K.INDEX,), "hyperdrive": (K.HYPERDRIVE,), "places": PLACED}
    for key, fitting in takes.items():
        for name in getattr(section, key):
            if kinds.get(name) not in fitting:
                words = " or ".join(fitting)
                yield f"provision.{key}.{name} of fleet.jsonc names no binding of a {words} here"
    for name, place in section.places.items():
        if place.jurisdiction and kinds.get(name) is K.BUCKET:
            yield (
                f"provision.places.{name} of fleet.jsonc says a jurisdiction, which belongs into "
                "the binding itself: its key jurisdiction in r2_buckets"
            )
        if place.location and kinds.get(name) is K.NAMESPACE:
            yield f"provision.places.{name} of fleet.jsonc says a location, which KV does not take"


def derived_name(script: str, binding: str) -> str:
    """Return the name that wrangler gives to what it makes for a binding."""
    return f"{script}-{binding.lower().replace('_', '-')}"


def _bound(resolved: Mapping[str, Json], section: ProvisionSection) -> Iterator[Wanted]:
    for form in SECTIONS:
        for _, entry in entries(resolved, *form.section):
            name = entry.get(form.binding)
            optional = form.id == "dead_letter_queue" and form.id not in entry
            if isinstance(name, str) and not optional:
                yield _wanted(form, entry, name, str(resolved.get("name")), section)


def _required(
    resolved: Mapping[str, Json], contract: Contract, section: ProvisionSection
) -> Iterator[Wanted]:
    """Yield what the contract's bindings need that the files leave out."""
    for name, one in (contract.bindings or {}).items():
        form = _BY_CONTRACT.get(one.kind)
        if form is not None and name not in _names(resolved, one.kind):
            yield _wanted(form, {}, name, str(resolved.get("name")), section)


def _names(resolved: Mapping[str, Json], section: str) -> set[Json]:
    """Return the names of the bindings in a section of any form."""
    found = resolved.get(section)
    lists: list[Json] = [found, *(found.values() if isinstance(found, Mapping) else ())]
    each = [one for entry in lists for one in (entry if isinstance(entry, list) else [entry])]
    named = [one for one in each if isinstance(one, Mapping)]
    return {one.get("binding") for one in named} | {one.get("name") for one in named}


def _wanted(
    form: _Bound, entry: Mapping[str, Json], binding: str, script: str, section: ProvisionSection
) -> Wanted:
    given = entry.get(form.id)
    identity = given if isinstance(given, str) and given else None
    told = identity if form.named else entry.get(form.name)
    name = told if isinstance(told, str) and told else derived_name(script, binding)
    place = section.places.get(binding)
    told_place = place.jurisdiction or "" if place else ""
    own = entry.get("jurisdiction")
    jurisdiction = own if isinstance(own, str) else "" if form.kind is K.BUCKET else told_place
    one = Wanted(
        form.kind,
        name,
        identity,
        # A consumer has no binding: it says which queue it is for, and nothing is written there.
        (BoundAt(form.section, binding, form.id if form.binding == "binding" else "", form.name),),
        jurisdiction if form.kind in PLACED else "",
        place.location or "" if place and not jurisdiction else "",
    )
    if form.kind is K.INDEX:
        return _with_shape(one, binding, section)
    if form.kind is K.HYPERDRIVE:
        return _with_secret(one, binding, section)
    return one


def _with_shape(one: Wanted, binding: str, section: ProvisionSection) -> Wanted:
    shape = section.vectorize.get(binding)
    if shape is None:
        example = f'"vectorize": {{ "{binding}": {{ "dimensions": 768, "metric": "cosine" }} }}'
        return one._replace(lacks=f"add its shape to provision in fleet.jsonc: {example}")
    return one._replace(dimensions=shape.dimensions, metric=shape.metric)


def _with_secret(one: Wanted, binding: str, section: ProvisionSection) -> Wanted:
    database = section.hyperdrive.get(binding)
    if database is None:
        example = f'"hyperdrive": {{ "{binding}": {{ "connectionString": "NAME" }} }}'
        lacks = f"add the name of its database's secret to provision in fleet.jsonc: {example}"
        return one._replace(lacks=lacks)
    return one._replace(secret=database.connection_string)


def _gateways(
    resolved: Mapping[str, Json], settings: Json, section: ProvisionSection
) -> Iterator[Wanted]:
    for pointer in section.ai_gateways:
        found = find({SETTINGS: settings, VARS: resolved.get("vars") or {}}, keys(pointer))
        for name in found if isinstance(found, list) else [found]:
            if name is not NOTHING and isinstance(name, str) and name:
                yield Wanted(K.GATEWAY, name, name)


Stock = Mapping[tuple[K, str], Mapping[str, ExistingResource]]
"""What an account has, of each kind and jurisdiction, by name."""
Known = Callable[[Wanted, ExistingResource], bool]
"""Whether an earlier run of edgefleet made this."""


def decided(one: Wanted, stock: Stock, made_before: Known) -> Step:
    """Return what is to become of a resource, by what the account has."""
    has = stock[stock_key(one)]
    if any(each.id == one.id for each in has.values()):
        return _shape_checked(Step(one, StepState.PRESENT, one.id), has)
    there = has.get(one.name)
    if there is not None:
        state = StepState.RESUME if made_before(one, there) else StepState.TAKE
        return _shape_checked(Step(one, state, there.id), has)
    if one.lacks:
        return Step(one, StepState.UNTOLD, why=one.lacks)
    return Step(one, StepState.CREATE)


def stock_key(one: Wanted) -> tuple[K, str]:
    """Return in which list of an account a resource stands: R2 has one a jurisdiction."""
    return one.kind, one.jurisdiction if one.kind is K.BUCKET else ""


def _shape_checked(step: Step, has: Mapping[str, ExistingResource]) -> Step:
    """Return the step of a Vectorize index whose shape is not that of fleet.jsonc."""
    one, there = step.wanted, has.get(step.wanted.name)
    if one.kind is not K.INDEX or not one.dimensions or there is None or not there.dimensions:
        return step
    if (there.dimensions, there.metric) == (one.dimensions, one.metric):
        return step
    why = (
        f"it has {there.dimensions} dimensions and the metric {there.metric}, and fleet.jsonc says "
        f"{one.dimensions} and {one.metric}: name another index, or correct provision.vectorize"
    )
    return Step(one, StepState.CONFLICT, why=why)


def unbound(stock: Stock, bound: Sequence[Wanted]) -> tuple[str, ...]:
    """Return what an account has that none of these bind, for people."""
    used: set[tuple[tuple[K, str], str]] = set()
    for one in bound:
        key = stock_key(one)
        ids = {each.id for each in stock.get(key, {}).values()}
        by_name = stock.get(key, {}).get(one.name)
        used.add((key, str(one.id) if one.id in ids or by_name is None else by_name.id))
    return tuple(
        f"{kind} '{each.name}'"
        for (kind, place), has in stock.items()
        for each in has.values()
        if ((kind, place), each.id) not in used
    )
