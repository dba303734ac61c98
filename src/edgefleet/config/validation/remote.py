"""Rules for --remote: everything that a target's files name exists in its account."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from edgefleet.cloudflare.creation.kinds import CREATABLE
from edgefleet.cloudflare.limits import CRONS_FREE, CRONS_PAID, SCRIPTS_FREE, SCRIPTS_PAID
from edgefleet.cloudflare.named_resources import NamedResource, ResourceKind, creation, unseen
from edgefleet.cloudflare.plan_limits import WorkersPlan, excess
from edgefleet.config.reading.rule import Problem, Rule, Severity
from edgefleet.config.reading.views import TargetView
from edgefleet.config.validation.quotas import plan_of
from edgefleet.core.foreign.values import at

REMOTE_KV_NAMESPACE_MISSING = Rule(
    code="remote-kv-namespace-missing",
    means="With --remote: the account has no KV namespace of this id. Cloudflare would refuse the "
    "upload (error 10041).",
    example='{ "binding": "CONFIG", "id": "<an id of another account>" }',
    fix="let edgefleet provision make it, or create it with 'npx wrangler kv namespace create "
    "NAME', and write its id here",
)
REMOTE_D1_DATABASE_MISSING = Rule(
    code="remote-d1-database-missing",
    means="With --remote: the account has no D1 database of this id. Cloudflare would refuse the "
    "upload (error 10181).",
    example='{ "binding": "DB", "database_id": "<an id of another account>" }',
    fix="let edgefleet provision make it, or create it with 'npx wrangler d1 create NAME', and "
    "write its id here",
)
REMOTE_VECTORIZE_INDEX_MISSING = Rule(
    code="remote-vectorize-index-missing",
    means="With --remote: the account has no Vectorize index of this name. Cloudflare would "
    "refuse the upload (error 10159).",
    example='{ "binding": "VECTORIZE", "index_name": "<a name not created yet>" }',
    fix="let edgefleet provision make it, or create it with 'npx wrangler vectorize create NAME "
    "--dimensions N --metric cosine', N as the embeddings model has it",
)
REMOTE_SECRET_MISSING = Rule(
    code="remote-secret-missing",
    means="With --remote: the script lacks a secret that requiredSecrets names. Before the "
    "first deploy the script may not exist yet; then this is a warning.",
    example='"requiredSecrets": ["UPSTREAM_TOKEN"]   // "wrangler secret list" does not show it',
    fix="set it: npx wrangler secret put NAME --name SCRIPT",
)
REMOTE_RESOURCE_MISSING = Rule(
    code="remote-resource-missing",
    means="With --remote: the account lacks something that the target names: an R2 bucket, a "
    "queue, a Hyperdrive configuration, a script, a Durable Object class or a workflow of another "
    "script, a dispatch namespace, a secret of a store, an mTLS certificate, an AI Search instance "
    "or namespace, a pipeline, a VPC service, a verified e-mail address, a zone of a route or "
    "host, and the like. Cloudflare would refuse the upload, the route or the e-mail. No "
    "deploy creates it, and edgefleet keeps wrangler from doing so. For an entrypoint of another "
    "script it is a warning: that may be deployed later.",
    example='"r2_buckets": [{ "binding": "FILES", "bucket_name": "acme-flies" }]',
    fix="correct the name, or create it first (edgefleet provision makes buckets, queues, "
    "Hyperdrive configurations and dispatch namespaces); deploy a script before the Workers that "
    "bind to it",
)
REMOTE_RESOURCE_UNSEEN = Rule(
    code="remote-resource-unseen",
    means="With --remote: edgefleet did not check whether the account has this, once for each "
    "kind. It does not look for unsafe bindings, networks of a VPC and R2 buckets of a "
    "jurisdiction; for others the token may lack the permission to read them, or Cloudflare's API "
    "does not tell.",
    example='"vpc_networks": [{ "binding": "OFFICE", "network_id": "..." }]',
    fix="check in the dashboard that it exists, or give the token the permission to read it",
    severity=Severity.WARNING,
)
REMOTE_PLAN_LIMIT = Rule(
    code="remote-plan-limit",
    means="With --remote: the account would hold more than a Cloudflare plan allows: 100 scripts "
    "and 5 cron triggers on the free plan, 500 and 250 on the paid one. `plan` of "
    "tenant.config.json, or of `defaults` in fleet.jsonc, says which plan the account has, else "
    "its subscriptions, if the token may read them; where neither does, more than the free plan "
    "has is a warning "
    "(https://developers.cloudflare.com/workers/platform/limits/#account-plan-limits).",
    example='"name": "acme"     // the account has 100 other scripts',
    fix="remove scripts that are not needed, or choose a larger plan",
)
RULES = (
    REMOTE_KV_NAMESPACE_MISSING,
    REMOTE_D1_DATABASE_MISSING,
    REMOTE_VECTORIZE_INDEX_MISSING,
    REMOTE_RESOURCE_MISSING,
    REMOTE_RESOURCE_UNSEEN,
    REMOTE_SECRET_MISSING,
    REMOTE_PLAN_LIMIT,
)


@dataclass(frozen=True, slots=True)
class AccountView:
    """What an account has, as far as a target's token can read it."""

    script_names: frozenset[str]
    secret_names: frozenset[str] | None
    """Of the target's script; None if the script does not exist."""
    present: Mapping[NamedResource, bool | None] = field(default_factory=dict)
    """Whether each named resource exists; None if the token may not read it."""
    plan: WorkersPlan | None = None
    """What its subscriptions say; None if the token may not read them, or they do not say it."""


BY_ID = (ResourceKind.NAMESPACE, ResourceKind.DATABASE, ResourceKind.HYPERDRIVE)
"""The kinds that a binding names by an id."""
RULE_OF = {
    ResourceKind.NAMESPACE: REMOTE_KV_NAMESPACE_MISSING,
    ResourceKind.DATABASE: REMOTE_D1_DATABASE_MISSING,
    ResourceKind.INDEX: REMOTE_VECTORIZE_INDEX_MISSING,
}
"""The rules of kinds that have one of their own."""


def resources(target: TargetView, account: AccountView) -> Iterator[Problem]:
    """Check that everything that is named exists; say once of each kind that it was not checked."""
    unread: dict[ResourceKind, list[NamedResource]] = {}
    for one, there in account.present.items():
        if there is None:
            unread.setdefault(one.kind, []).append(one)
        elif not there:
            rule = RULE_OF.get(one.kind, REMOTE_RESOURCE_MISSING)
            later = one.kind is ResourceKind.ENTRYPOINT
            yield rule.broken(
                target.file,
                target.path(*one.keys),
                f"the account has no {one.words}",
                action=_action(target, one),
                severity=Severity.WARNING if later else None,
            )
    for kind in unread.values():
        words = ", ".join(dict.fromkeys(one.words for one in kind))
        message = f"not checked: the {words}: the token may not read it, or the API does not tell"
        yield REMOTE_RESOURCE_UNSEEN.broken(target.file, target.path(*kind[0].keys), message)
    for what, keys in unseen(target.resolved):
        message = f"not checked: edgefleet does not look for {what}"
        yield REMOTE_RESOURCE_UNSEEN.broken(target.file, target.path(*keys), message)


def _action(target: TargetView, one: NamedResource) -> str:
    if one.kind in CREATABLE:
        return (
            f"correct the {'id' if one.kind in BY_ID else 'name'}, or make it: {target.provision}"
        )
    return creation(one)


def required_secrets(target: TargetView, account: AccountView) -> Iterator[Problem]:
    """Check that the script has every secret that requiredSecrets names."""
    script = target.worker.name
    for number, name in enumerate(target.tenant.told_apart.get("requiredSecrets", ())):
        place = target.tenant.place("requiredSecrets", number)
        if account.secret_names is None:
            message = f"the script {script} does not exist yet, so it has no secret {name}"
            yield REMOTE_SECRET_MISSING.broken(
                target.tenant.config.file,
                place,
                message,
                action=f"before the first deploy: {target.secret_command(name)}, which creates the "
                "script as a draft",
                severity=Severity.WARNING,
            )
        elif name not in account.secret_names:
            message = f"the script {script} has no secret {name}"
            yield REMOTE_SECRET_MISSING.broken(
                target.tenant.config.file,
                place,
                message,
                action=f"set it: {target.secret_command(name)}",
            )


def plan_limits(target: TargetView, account: AccountView) -> Iterator[Problem]:
    """Check the account's limits: of scripts, and of the tenant's cron triggers together."""
    plan = plan_of(target) or account.plan
    scripts, crons = len(account.script_names | {target.worker.name}), _crons(target)
    for key, what, found in (
        (
            "name",
            f"with {target.worker.name} the account has {scripts} scripts",
            excess(scripts, SCRIPTS_FREE, SCRIPTS_PAID, plan),
        ),
        (
            "triggers",
            f"all environments of {target.tenant.name} have {crons} cron triggers together",
            excess(crons, CRONS_FREE, CRONS_PAID, plan),
        ),
    ):
        if found:
            severity = Severity.ERROR if found.certain else Severity.WARNING
            yield REMOTE_PLAN_LIMIT.broken(
                target.file, target.path(key), f"{what}, {found.words}", severity=severity
            )


def _crons(target: TargetView) -> int:
    """Count the cron triggers of a tenant in the target's account; none for a target without."""
    layers, own = target.tenant.layers, len(target.worker.triggers.crons or ())
    others = (
        layers.resolve(one)
        for one in target.tenant.fleet.deployable
        if own and one != target.environment and layers.has(one)
    )
    return own + sum(
        len(at(one, "triggers", "crons") or ())
        for one in others
        if one.get("account_id") == target.worker.account_id
    )
