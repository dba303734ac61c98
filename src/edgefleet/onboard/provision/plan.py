"""Look into a target's account, and say what becomes of each resource; nothing is changed."""

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from edgefleet.cloudflare.account import Account
from edgefleet.cloudflare.client import Cloudflare
from edgefleet.cloudflare.creation.client import CreatableResources
from edgefleet.cloudflare.creation.kinds import CREATABLE, DatabaseOrigin, ExistingResource
from edgefleet.cloudflare.named_resources import ResourceKind as K
from edgefleet.cloudflare.named_resources import creation, named
from edgefleet.config.account_session import reads_alone
from edgefleet.config.credentials.lookup import Credential, Credentials
from edgefleet.config.target import Target
from edgefleet.config.tenant import Tenant
from edgefleet.onboard.provision.models import Step, StepState, Wanted
from edgefleet.onboard.provision.origins import origin_of
from edgefleet.onboard.provision.reading import bound_elsewhere, wanted_by
from edgefleet.onboard.provision.rules import (
    decided,
    missing_bindings,
    stock_key,
    unbound,
    unknown_names,
)
from edgefleet.onboard.provision.store import NotesFolder, ProvisionNotes


@dataclass(frozen=True, slots=True)
class ProvisionDependencies:
    """The outside world, as provisioning needs it."""

    root: Path
    credentials: Credentials
    open_api: Callable[[Credential, str], Cloudflare]
    notes: NotesFolder
    shared: Mapping[str, Sequence[Wanted]] = field(default_factory=dict)
    """What all tenants of an account bind, by its id, where it has several."""


class ProvisionOptions(NamedTuple):
    """What was asked for."""

    subdomain: str | None = None
    """The name below workers.dev where an account has none; by default the tenant's."""
    alone: bool = True
    """Whether the command is on one target."""
    parallel: int = 1


@dataclass(frozen=True, slots=True)
class TargetPlan:
    """What becomes of each resource of a target."""

    target: Target
    tenant: Tenant
    credential: Credential
    steps: tuple[Step, ...]
    origins: Mapping[str, DatabaseOrigin]
    """The databases behind Hyperdrive configurations that are to be made, by their names."""
    left: tuple[str, ...] = ()
    unbound: tuple[str, ...] = ()

    @property
    def account_id(self) -> str:
        """The target's account."""
        return self.tenant.config.account_id

    @property
    def blocked(self) -> tuple[Step, ...]:
        """The steps that wait for what you have to say or to correct."""
        return tuple(
            one for one in self.steps if one.state in (StepState.UNTOLD, StepState.CONFLICT)
        )


def plan_target(
    tenant: Tenant,
    target: Target,
    deps: ProvisionDependencies,
    options: ProvisionOptions,
) -> TargetPlan:
    """Read what the account has of all that the target binds.

    Raises `CredentialError`, and `ApiError`.
    """
    account_id = tenant.config.account_id
    credential = deps.credentials.find(target, allow_plain=options.alone)
    api = deps.open_api(credential, account_id)
    account = Account(api, account_id)
    account.verify()
    own = (*wanted_by(tenant, target.environment), _subdomain(options.subdomain or tenant.name))
    notes = deps.notes.read(target, account_id)
    with reads_alone(account_id):
        stock = _stock(CreatableResources(api, account_id), own)
        missing = _other_missing(account, tenant, target)
    steps = tuple(_step(one, stock, notes) for one in own)
    contract, section = tenant.fleet.contract, tenant.fleet.provision
    bindings = missing_bindings(tenant.resolved(target.environment), contract)
    beside = deps.shared.get(account_id, ())
    everywhere = (*own, *bound_elsewhere(tenant, target.environment), *beside)
    return TargetPlan(
        target,
        tenant,
        credential,
        steps,
        {
            step.wanted.name: origin_of(step.wanted.secret, target, deps.credentials)
            for step in steps
            if step.wanted.secret and step.state is StepState.CREATE
        },
        (*missing, *bindings, *unknown_names(section, own)),
        unbound(stock, everywhere),
    )


def is_complete(tenant: Tenant, target: Target, notes: ProvisionNotes) -> bool:
    """Whether an earlier run left nothing to be made of what the files bind now."""
    return notes.complete == digest(wanted_by(tenant, target.environment))


def digest(bound: Iterable[Wanted]) -> str:
    """Return what tells one set of resources from another: kinds, names and ids in the files."""
    text = json.dumps(sorted(str((one.kind, one.name, one.jurisdiction, one.id)) for one in bound))
    return hashlib.sha256(text.encode()).hexdigest()


def _subdomain(name: str) -> Wanted:
    return Wanted(K.SUBDOMAIN, name)


def _step(
    one: Wanted,
    stock: Mapping[tuple[K, str], Mapping[str, ExistingResource]],
    notes: ProvisionNotes,
) -> Step:
    if one.kind is K.SUBDOMAIN:
        # An account has one: any will do.
        for there in stock[stock_key(one)].values():
            return Step(one._replace(name=there.name), StepState.PRESENT, there.name)
    return decided(one, stock, lambda wanted, there: _made(notes, wanted, there))


def _made(notes: ProvisionNotes, one: Wanted, there: ExistingResource) -> bool:
    noted = notes.find(one.kind, one.name, one.jurisdiction)
    return noted is not None and noted.id in (None, there.id)


def _stock(
    resources: CreatableResources, own: Iterable[Wanted]
) -> dict[tuple[K, str], dict[str, ExistingResource]]:
    return {key: resources.all(*key) for key in dict.fromkeys(map(stock_key, own))}


def _other_missing(account: Account, tenant: Tenant, target: Target) -> tuple[str, ...]:
    """Return what the account lacks of other kinds, each with what to do."""
    others = [
        one for one in named(tenant.resolved(target.environment)) if one.kind not in CREATABLE
    ]
    present = account.resources.present(others)
    return tuple(
        f"the account has no {one.words}: {creation(one)}"
        for one, there in present.items()
        if there is False
    )
