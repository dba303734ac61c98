"""Whether a deploy goes step by step, and what stands against that."""

from collections.abc import Mapping

from edgefleet.config.canary.policy import CanaryChoice, CanaryPolicy, SourceName
from edgefleet.config.target import Environment, Target
from edgefleet.config.tenant import Tenant
from edgefleet.core.model import Json
from edgefleet.deploy.request import Dependencies, DeployRequest
from edgefleet.errors import ConfigError, UsageError
from edgefleet.health.expected import header_values
from edgefleet.plan.plan import Planned
from edgefleet.records.models import Action
from edgefleet.state.models import DeployStrategy

WORKER: SourceName = "worker"
LOGS: SourceName = "logs"
PROBE = "probe"


def check_canary(
    request: DeployRequest,
    deps: Dependencies,
    tenant: Tenant,
    planned: Planned,
    policy: CanaryPolicy | None,
) -> CanaryPolicy | None:
    """Return the policy of this deploy's canary; None where it has none.

    `policy` is what `check_choice` returned.

    Raises `UsageError` where Cloudflare or a migration rules a canary out: if a command asked for
    it, and at a migration in any case, for the files want none without one. Raises `ConfigError`
    where the policy's source is not described, and `CredentialError` where a secret of it lacks.
    """
    choice = request.canary
    asked = choice.steps is not None and choice.demanded
    if policy is None:
        return None
    if why := _impossible(planned):
        without = f"edgefleet deploy {request.target.as_option} --canary none"
        if asked or _migrates(planned):
            raise UsageError(f"no canary is possible: {why}", hint=f"deploy at once: {without}")
        deps.progress.say(f"  note: no canary: {why}")
        return None
    _check_source(policy, request, deps, tenant, planned.resolved)
    deps.progress.say(f"  note: {_words(policy, tenant)}")
    return policy


def check_choice(request: DeployRequest, tenant: Tenant) -> CanaryPolicy | None:
    """Return the policy that options and files ask for; None where they ask for no canary.

    Raises `UsageError` for options that say something of a canary where there is none.
    """
    choice, target = request.canary, request.target
    if request.action is not Action.DEPLOY:
        return None
    policy = policy_of(choice, tenant, target.environment)
    if policy and not policy.steps and not policy.keep:
        raise UsageError(
            "--canary 0 gives the new version everything at once, and --keep does not say how long "
            "the version before stays",
            hint=f"edgefleet deploy {target.as_option} --canary 0 --keep 1h",
        )
    if policy is None and choice.demanded:
        _check_no_options(choice, target)
    return policy


def source_of(policy: CanaryPolicy, tenant: Tenant) -> SourceName:
    """Return what counts requests and errors."""
    return policy.source or (WORKER if tenant.fleet.counters else "analytics")


def policy_of_files(tenant: Tenant, environment: Environment) -> CanaryPolicy | None:
    """Return the policy that the files have for an environment; None where they have none."""
    said = tenant.config.canary
    if said is None:
        return None
    named = said.environments
    holds = environment in named if named else tenant.fleet.is_protected(environment)
    return said if holds else None


def policy_of(
    choice: CanaryChoice, tenant: Tenant, environment: Environment
) -> CanaryPolicy | None:
    """Return the policy of a tenant's deploys in an environment; None where they have no canary."""
    if choice.steps is not None:
        return choice.policy(tenant.config.canary)
    return choice.policy(policy_of_files(tenant, environment))


def _check_no_options(choice: CanaryChoice, target: Target) -> None:
    """Refuse options of a canary where there is none."""
    if choice.keep is not None:
        raise UsageError(
            "--keep says how long a canary keeps the version before, and this deploy has none",
            hint=f"edgefleet deploy {target.as_option} --canary 0 --keep 1h",
        )
    if choice.soak is not None and not choice.off:
        raise UsageError(
            "--soak says how long the steps of a canary last, and this deploy has none",
            hint=f"edgefleet deploy {target.as_option} --canary 5,25,50 --soak 10m",
        )


def _migrates(planned: Planned) -> bool:
    return planned.plan.course is DeployStrategy.MIGRATION or bool(planned.migrations)


def _impossible(planned: Planned) -> str:
    course = planned.plan.course
    if course is DeployStrategy.FIRST:
        return "a first upload is live at once, and there is no version to compare it with"
    if course is DeployStrategy.MIGRATION:
        return "Cloudflare makes an upload with Durable Object migrations live at once"
    if planned.migrations:
        return "D1 migrations are pending, which no restore undoes"
    if course is DeployStrategy.SETTINGS:
        return "only settings change, which belong to no version"
    return ""


def _check_source(
    policy: CanaryPolicy,
    request: DeployRequest,
    deps: Dependencies,
    tenant: Tenant,
    resolved: Mapping[str, Json],
) -> None:
    fleet, source = tenant.fleet, source_of(policy, tenant)
    if source == LOGS and not _keeps_invocations(resolved.get("observability") or {}):
        raise ConfigError(
            "the canary is judged by Workers Logs, and the Worker keeps none of its invocations",
            hint='set "observability": { "enabled": true } in its wrangler file, and deploy that '
            "first",
        )
    if source == WORKER:
        if fleet.counters is None:
            raise ConfigError(
                "the canary is judged by the Worker's own counters, and fleet.jsonc has no "
                "'counters' that say where they are",
                hint='add them (docs/canaries.md), or set "source": "analytics" in the policy',
            )
        header_values(fleet.counters.headers, tenant, request.target, deps.credentials)
    ways = {"tooLittleTraffic": policy.too_little_traffic, "sourceFailed": policy.source_failed}
    for key, way in ways.items():
        if way == PROBE and fleet.health is None:
            raise ConfigError(
                'the canary is decided by probes where traffic does not decide, and "health" of '
                "fleet.jsonc is null: there is nothing to ask",
                hint=f'set "{key}": "restore" in the policy',
            )


def _keeps_invocations(observability: Mapping[str, Json]) -> bool:
    logs = observability.get("logs") or {}
    on = logs.get("enabled", observability.get("enabled"))
    return bool(on) and logs.get("invocation_logs", True) is not False


def _words(policy: CanaryPolicy, tenant: Tenant) -> str:
    if not policy.steps:
        return f"canary: everything at once, and the version before is kept for {policy.keep:.0f} s"
    steps = ", ".join(f"{share:g} %" for share in policy.steps)
    return (
        f"canary: {steps}, each for {policy.soak:.0f} s at least and {policy.minimum_requests} "
        f"requests of each version, judged by {source_of(policy, tenant)}"
    )
