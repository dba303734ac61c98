"""Find what a tenant has: scripts and data in its account, environments at GitHub, files."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from edgefleet.cloudflare.account import Account
from edgefleet.cloudflare.client import Cloudflare
from edgefleet.cloudflare.creation.client import CreatableResources
from edgefleet.cloudflare.creation.deletion import DELETED_AT
from edgefleet.cloudflare.named_resources import ResourceKind as K
from edgefleet.cloudflare.named_resources import named
from edgefleet.config.account_session import reads_alone
from edgefleet.config.credentials.lookup import Credential, Credentials
from edgefleet.config.files.tenant_files import TENANTS
from edgefleet.config.identifiers import GITHUB_SUFFIXES
from edgefleet.config.target import Environment, Target
from edgefleet.config.tenant import Tenant
from edgefleet.github.environments import Environments
from edgefleet.onboard.provision.reading import wanted_by
from edgefleet.onboard.provision.rules import stock_key
from edgefleet.onboard.tenants.env_example import without_token_line
from edgefleet.onboard.tenants.removal_models import Holding, HoldingState, TenantRemoval

SCRIPT = "script"
SHORT = {
    SCRIPT: "script",
    K.NAMESPACE: "kv",
    K.DATABASE: "d1",
    K.INDEX: "vectorize",
    K.BUCKET: "r2",
    K.QUEUE: "queue",
    K.HYPERDRIVE: "hyperdrive",
    K.GATEWAY: "gateway",
}
"""The kinds, as they are typed before a name that several things have."""

Use = tuple[str, str, str]
"""A kind, the id of one of it, and the jurisdiction."""


@dataclass(frozen=True, slots=True)
class TargetAccount:
    """A target of the tenant, with the way into its account."""

    target: Target
    script: str
    api: Cloudflare
    account: Account


def open_targets(
    tenant: Tenant, credentials: Credentials, open_api: Callable[[Credential, str], Cloudflare]
) -> tuple[TargetAccount, ...]:
    """Open the account of each environment. Raises `CredentialError`, and `ApiError`."""
    found = []
    for environment in tenant.fleet.deployable:
        target = Target(tenant=tenant.name, environment=environment)
        credential = credentials.find(target, allow_plain=True)
        api = open_api(credential, tenant.config.account_id)
        account = Account(api, tenant.config.account_id)
        account.verify()
        found.append(TargetAccount(target, _script(tenant, environment), api, account))
    return tuple(found)


def planned_removal(
    root: Path,
    tenant: Tenant,
    others: Sequence[Tenant],
    targets: Sequence[TargetAccount],
    github: Environments | None,
) -> TenantRemoval:
    """Return what the tenant has; nothing is changed.

    `others` are the tenants of the same account: what their files name, too, is not deleted.
    Raises `CredentialError` for a missing permission, `ApiError` and `GitHubError`.
    """
    shared = _uses_of(others)
    with reads_alone(tenant.config.account_id):
        found = _labelled([*_scripts(targets, shared), *_resources(tenant, targets, shared)])
    return TenantRemoval(
        tenant=tenant.name,
        account_id=tenant.config.account_id,
        holdings=found,
        github_environments=None if github is None else _at_github(tenant, github),
        files=tuple(sorted(_files(root, tenant))),
        edited=tuple(file.path for file in without_token_line(root, tenant.name)),
        left=tuple(_left(tenant)),
    )


def _script(tenant: Tenant, environment: Environment) -> str:
    return str(tenant.resolved(environment)["name"])


def _uses_of(others: Iterable[Tenant]) -> Mapping[Use, set[str]]:
    """Return what other tenants name, and who."""
    uses: dict[Use, set[str]] = {}
    for other in others:
        for environment in other.fleet.deployable:
            own = [(SCRIPT, _script(other, environment), "")]
            bound = wanted_by(other, environment)
            own += [(one.kind, one.id, one.jurisdiction) for one in bound if one.id]
            for use in own:
                uses.setdefault(use, set()).add(other.name)
    return uses


def _scripts(targets: Sequence[TargetAccount], shared: Mapping[Use, set[str]]) -> Iterator[Holding]:
    for one in targets:
        if one.script in one.account.script_names():
            use = (SCRIPT, one.script, "")
            yield _holding(use, one.script, (str(one.target.environment),), shared)


def _resources(
    tenant: Tenant, targets: Sequence[TargetAccount], shared: Mapping[Use, set[str]]
) -> Iterator[Holding]:
    """Yield what the files name by an id, or by a name that is the id, and the account has."""
    names: dict[Use, str] = {}
    where: dict[Use, list[str]] = {}
    for one in targets:
        resources = CreatableResources(one.api, tenant.config.account_id)
        environment = one.target.environment
        bound = [each for each in wanted_by(tenant, environment) if each.kind in DELETED_AT]
        stock = {key: resources.all(*key) for key in dict.fromkeys(map(stock_key, bound))}
        for each in bound:
            for there in stock[stock_key(each)].values():
                if there.id == each.id:
                    use = (str(each.kind), there.id, each.jurisdiction)
                    names[use] = there.name
                    where.setdefault(use, []).append(str(environment))
    for use, environments in where.items():
        yield _holding(use, names[use], tuple(environments), shared)


def _labelled(found: Sequence[Holding]) -> tuple[Holding, ...]:
    """Return the same with what is typed for each, which stands for it alone."""
    names = Counter(one.name for one in found)
    return tuple(
        one.model_copy(
            update={"typed": one.name if names[one.name] == 1 else f"{one.short}:{one.name}"}
        )
        for one in found
    )


def _holding(
    use: Use, name: str, environments: tuple[str, ...], shared: Mapping[Use, set[str]]
) -> Holding:
    kind, identity, jurisdiction = use
    others = tuple(sorted(shared.get(use, ())))
    return Holding(
        kind=kind,
        short=SHORT[kind],
        name=name,
        id=identity,
        jurisdiction=jurisdiction,
        environments=environments,
        state=HoldingState.SHARED if others else HoldingState.PRESENT,
        shared_with=others,
    )


def _at_github(tenant: Tenant, github: Environments) -> tuple[str, ...]:
    names = [
        f"{tenant.name}-{environment}{suffix}"
        for environment in tenant.fleet.deployable
        for suffix in GITHUB_SUFFIXES
    ]
    return tuple(sorted(github.known(names)))


def _files(root: Path, tenant: Tenant) -> Iterator[str]:
    for path in (root / TENANTS / tenant.name).rglob("*"):
        if path.is_file() or path.is_symlink():
            yield path.relative_to(root).as_posix()


def _left(tenant: Tenant) -> Iterator[str]:
    """Yield what the files name and edgefleet deletes in no account."""
    seen = {
        one.words
        for environment in tenant.fleet.deployable
        for one in named(tenant.resolved(environment))
        if one.kind not in DELETED_AT
    }
    yield from sorted(seen)
    yield "deployment records: history"
