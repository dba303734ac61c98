"""Canaries under the traffic of a rehearsal: one that goes bad, and one that goes through.

Cloudflare's analytics judge them: they count what any Worker serves, with or without counters and
logs.
"""

from dataclasses import replace

from edgefleet.config.canary.policy import CanaryPolicy
from edgefleet.config.target import Environment, Target
from edgefleet.config.tenant import Tenant
from edgefleet.deploy.canaries.verdicts import CanaryWorse
from edgefleet.records.models import Status
from edgefleet.rehearse.availability_poller import UNTOLD
from edgefleet.rehearse.bundles import failing_later, next_release
from edgefleet.rehearse.models import Availability
from edgefleet.rehearse.stage import RehearsalCommands, Visitor

AFTERWARDS = 10
"""Requests that show who serves once a canary is over."""
Shown = tuple[bool, str]
"""Whether an act proved what it was to prove, and how."""


def policy_for(environment: Environment) -> CanaryPolicy:
    """Return the policy of a rehearsal, whose visitor asks often and whose steps are short."""
    return CanaryPolicy.model_validate(
        {
            "environments": (environment,),
            "steps": (25.0, 50.0),
            "soak": "2s",
            "minimumRequests": 20,
            "deadline": "60s",
            "source": "analytics",
            "delay": "1s",
        }
    )


def with_policy(tenant: Tenant, policy: CanaryPolicy) -> Tenant:
    """Return a tenant with another policy."""
    return replace(tenant, config=tenant.config.model_copy(update={"canary": policy}))


def no_canary(stage: RehearsalCommands, hero: Target) -> str:
    """Return why no canary can be shown; empty where one can."""
    if stage.visitor is None:
        return '"health" of fleet.jsonc is null: there is nothing to ask'
    if stage.bundle.main_module is None:
        return "static assets alone: there is no code of which two versions could be compared"
    if not stage.counts(hero):
        return "static assets answer the health check: none of its requests reaches the code"
    return ""


def goes_bad(stage: RehearsalCommands, hero: Target, url: str, come: Visitor) -> Shown:
    """Deploy a release that fails under traffic: nothing of it stays."""
    with come(hero, url) as visitor:
        try:
            stage.canary(hero, failing_later(stage.bundle))
        except CanaryWorse as error:
            if error.interrupted:
                raise
            stage.progress.say(f"  stopped: {error.message}")
        else:
            return False, "a release that fails under traffic got all of it"
    seen, after = visitor.visits(), _afterwards(hero, url, come)
    failed = sum(seen.failures.values())
    good = failed > 0 and not after.failures and len(after.versions) == 1
    words = f"restored: {failed} of {failed + seen.good} answers to the visitor failed, none since"
    return good, words if good else f"the visitor saw {seen}, and afterwards {after}"


def goes_through(stage: RehearsalCommands, hero: Target, url: str, come: Visitor) -> Shown:
    """Deploy a good release step by step: the visitor gets no bad answer."""
    with come(hero, url) as visitor:
        record = stage.canary(hero, next_release(stage.bundle))
    seen, after = visitor.visits(), _afterwards(hero, url, come)
    good = (
        record.status is Status.SUCCEEDED
        and bool(record.canary)
        and not (seen.failures or after.failures)
        and set(after.versions) <= {str(record.version_id), UNTOLD}
    )
    steps = ", ".join(f"{step.share:g} %" for step in record.canary)
    words = f"good at {steps}, then 100 %; all {seen.good} answers to the visitor were good"
    return good, words if good else f"the visitor saw {seen}, and afterwards {after}"


def _afterwards(hero: Target, url: str, come: Visitor) -> Availability:
    """Return what is answered once a canary is over."""
    with come(hero, url) as visitor:
        for _ in range(AFTERWARDS):
            visitor.ask()
    return visitor.visits()
