"""Rules for tenants' names: no two of them make the same variable or environment name."""

from collections.abc import Collection, Iterator, Sequence

from edgefleet.config.fleet_config import FleetConfig
from edgefleet.config.identifiers import FLEET, approvals, identifiers, is_reserved
from edgefleet.config.reading.rule import Problem, Rule
from edgefleet.config.reading.views import TenantFiles

TENANT_NAME_RESERVED = Rule(
    code="tenant-name-reserved",
    means="The tenant's name is reserved: `all` selects every tenant, `fleet` and `shard-...` "
    "stand for many tenants in GitHub's environments, concurrency groups and records, and the "
    "others are names of environments.",
    example='"tenantId": "fleet"',
    fix="choose another name for the folder, and write it as tenantId",
)
TENANT_NAMES_COLLIDE = Rule(
    code="tenant-names-collide",
    means="Two tenants' names make the same name together with an environment: the variable of "
    "one tenant's token or smoke key for staging is also that of the other tenant, which would "
    "get the wrong secret.",
    example="tenants/acme/  tenants/acme-staging/     # CLOUDFLARE_API_TOKEN_ACME_STAGING of both",
    fix="rename one of the two tenants: its folder and its tenantId",
)
RULES = (TENANT_NAME_RESERVED, TENANT_NAMES_COLLIDE)

PLACE = ("tenantId",)


def reserved(tenant: TenantFiles) -> Iterator[Problem]:
    """Check that the tenant's name is not reserved."""
    if is_reserved(tenant.name, tenant.fleet):
        message = f"'{tenant.name}' is reserved and cannot be a tenant's name"
        yield TENANT_NAME_RESERVED.broken(tenant.config.file, PLACE, message)


def collisions(
    names: Sequence[str], chosen: Collection[str], fleet: FleetConfig, file: str
) -> Iterator[Problem]:
    """Check that the tenants `chosen` share no identifier with any other of `names`.

    Each pair is one problem, at the longer name; `file` is the path of a tenant's configuration,
    with `{name}` for its name.
    """
    # Shorter names first, so that the problem is reported at the longer name.
    taken = dict.fromkeys([*identifiers(FLEET, fleet), *approvals(fleet)], FLEET)
    for name in sorted(names, key=lambda one: (len(one), one)):
        found: dict[str, list[str]] = {}
        for identifier in identifiers(name, fleet):
            whose = taken.setdefault(identifier, name)
            if whose != name:
                found.setdefault(whose, []).append(identifier)
        for whose, common in found.items():
            if name != FLEET and not {name, whose}.isdisjoint(chosen):
                what = f"the tenant {whose}" if whose in names else "runs over the fleet"
                message = f"{name} and {what} would share {', '.join(common)}"
                yield TENANT_NAMES_COLLIDE.broken(file.format(name=name), PLACE, message)
