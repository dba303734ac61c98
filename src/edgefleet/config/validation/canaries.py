"""Rules for the policy of a canary, in tenant.config.json or in `defaults` of fleet.jsonc."""

from collections.abc import Iterator

from edgefleet.config.reading.rule import Problem, Rule
from edgefleet.config.reading.views import TenantFiles
from edgefleet.core.foreign.values import at

CANARY_ENVIRONMENT = Rule(
    code="canary-environment",
    means="The policy of a canary names an environment that the fleet does not have: no deploy "
    "would follow it.",
    example='"canary": { "environments": ["prod"] }',
    fix="write the name of an environment of fleet.jsonc",
)
CANARY_SOURCE = Rule(
    code="canary-source",
    means="The policy of a canary is judged by the Worker's own counters, and fleet.jsonc does not "
    "say where they are, or by probes, and fleet.jsonc says that the Worker has no HTTP.",
    example='"canary": { "source": "worker" }     // no "counters" in fleet.jsonc',
    fix="describe `counters` or `health` in fleet.jsonc (docs/canaries.md), or choose another way",
)
RULES = (CANARY_ENVIRONMENT, CANARY_SOURCE)


def environments(tenant: TenantFiles) -> Iterator[Problem]:
    """Check that a policy names environments that there are."""
    named = at(tenant.told_apart, "canary", "environments")
    for number, name in enumerate(named if isinstance(named, list) else ()):
        if name not in tenant.fleet.environments:
            place = tenant.place("canary", "environments", number)
            known = ", ".join(tenant.fleet.environments)
            message = f"'{name}' is no environment of this fleet, which has {known}"
            yield CANARY_ENVIRONMENT.broken(tenant.config.file, place, message)


def source(tenant: TenantFiles) -> Iterator[Problem]:
    """Check that what judges a canary is described."""
    fleet, policy = tenant.fleet, ("canary",)
    if at(tenant.told_apart, *policy, "source") == "worker" and fleet.counters is None:
        message = "the Worker's own counters are not described: fleet.jsonc has no 'counters'"
        place = tenant.place(*policy, "source")
        yield CANARY_SOURCE.broken(tenant.config.file, place, message)
    for key in ("tooLittleTraffic", "sourceFailed"):
        if at(tenant.told_apart, *policy, key) != "probe" or fleet.health is not None:
            continue
        message = "there is nothing to probe: 'health' of fleet.jsonc is null"
        place = tenant.place(*policy, key)
        yield CANARY_SOURCE.broken(tenant.config.file, place, message)
