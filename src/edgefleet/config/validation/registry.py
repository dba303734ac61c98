"""Every check, in the order in which they run, and every rule, by section of its page."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date

from edgefleet.config.reading import base_rules, file_rules, fleet_rules, jsonc, toml
from edgefleet.config.reading.rule import Problem, Rule
from edgefleet.config.reading.views import TargetView, TenantFiles
from edgefleet.config.validation import (
    bindings,
    canaries,
    names,
    quotas,
    remote,
    routes,
    script,
    secrets,
    triggers,
    variables,
)
from edgefleet.config.validation import durable_objects as classes
from edgefleet.config.validation import shared_resources as sharing
from edgefleet.config.validation import tenant_config as config
from edgefleet.config.validation.assets import assets
from edgefleet.config.validation.beside import d1_migrations, events
from edgefleet.config.validation.contract import faults, relations
from edgefleet.config.validation.wrangler import overlays, wrangler_file
from edgefleet.config.validation.wrangler.clean_sections import ALL, CleanSections, TargetCheck

TENANT_CHECKS: tuple[Callable[[TenantFiles], Iterable[Problem]], ...] = (
    config.tenant_id,
    canaries.environments,
    canaries.source,
    names.reserved,
    relations.tenant_relations,
)
ENTRY = ("main", "build")
CLASSES = (*ENTRY, "durable_objects", "migrations", "exports")
TARGET_CHECKS: Mapping[TargetCheck, Sequence[str]] = {
    script.account: ALL,
    script.script_name: ALL,
    script.compatibility_date: ("compatibility_date",),
    script.entry: ENTRY,
    wrangler_file.unsupported_keys: ALL,
    routes.one_of_both: routes.KEYS,
    routes.health_route: routes.KEYS,
    triggers.crons: ("triggers",),
    bindings.binding_names: ALL,
    bindings.ids: ALL,
    bindings.other_kinds: ALL,
    d1_migrations.migration_files: ALL,
    events.queue_consumers: ("queues",),
    events.workflows: ("workflows", "name"),
    classes.expected_classes: CLASSES,
    classes.exported_classes: (*CLASSES, "workflows", "name"),
    classes.migrated_classes: CLASSES,
    classes.migration_tags: CLASSES,
    classes.exports: CLASSES,
    classes.code_update_strategy: ("durable_objects",),
    assets.folder: ("assets",),
    assets.rules: ("assets",),
    assets.alone: ALL,
    variables.contract_vars: ("vars",),
    variables.var_limits: ("vars",),
    quotas.quotas: ALL,
    relations.target_relations: ALL,
}
"""Each check of a target, and the keys of its resolved configuration that it looks at; besides
these it may look at what is the same for all tenants."""
REMOTE_CHECKS: tuple[Callable[[TargetView, remote.AccountView], Iterable[Problem]], ...] = (
    remote.resources,
    remote.required_secrets,
    remote.plan_limits,
)
SECTIONS: tuple[tuple[str, tuple[Rule, ...]], ...] = (
    ("Files", file_rules.RULES),
    ("JSON", jsonc.RULES),
    ("TOML", toml.RULES),
    ("fleet.jsonc", fleet_rules.RULES),
    ("The Worker's contract", faults.RULES + relations.RULES),
    ("tenant.config.json", config.RULES),
    ("Canaries", canaries.RULES),
    ("Tenants' names", names.RULES),
    ("wrangler.jsonc", wrangler_file.RULES),
    ("The Worker's file and overlays", base_rules.RULES),
    ("The script", script.RULES),
    ("Routes", routes.RULES),
    ("Cron triggers", triggers.RULES),
    ("Bindings", bindings.RULES),
    ("D1 migrations", d1_migrations.RULES),
    ("Queue consumers and workflows", events.RULES),
    ("Durable Objects", classes.RULES),
    ("Static assets", assets.RULES),
    ("Vars", variables.RULES),
    ("Limits of a plan", quotas.RULES),
    ("Across the fleet", sharing.RULES),
    ("Secrets", secrets.RULES),
    ("At Cloudflare (--remote)", remote.RULES),
)
RULES = tuple(rule for _, rules in SECTIONS for rule in rules)


def check_tenant(tenant: TenantFiles, today: date) -> Iterator[Problem]:
    """Run every check of a tenant as a whole."""
    for check in TENANT_CHECKS:
        yield from check(tenant)
    yield from config.drift_exceptions(tenant, today)
    yield from config.pin(tenant, today)
    yield from wrangler_file.known_keys(tenant)
    yield from overlays.overlay(tenant)


def check_target(target: TargetView, clean: CleanSections) -> list[Problem]:
    """Run every check of one target, but for those that can find nothing new."""
    return clean.run(TARGET_CHECKS, target)


def check_remote(target: TargetView, account: remote.AccountView) -> Iterator[Problem]:
    """Run every check that compares one target with its account."""
    for check in REMOTE_CHECKS:
        yield from check(target, account)
