"""What `--to` of a rollback names: a version, or a commit to build and deploy."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from edgefleet.build.build import Builder, build
from edgefleet.build.bundle_store import BundleStore
from edgefleet.build.engine import WRANGLER
from edgefleet.cloudflare.worker.bundle import Bundle
from edgefleet.cloudflare.worker.bundle_form import require_digest
from edgefleet.config.account_session import open_account
from edgefleet.config.target import Target
from edgefleet.config.tenant import Tenant
from edgefleet.core.git import fetch_command, resolve_commit
from edgefleet.core.worktrees import worktree
from edgefleet.deploy.checks.commits import check_merged
from edgefleet.deploy.pipeline import deploy
from edgefleet.deploy.request import Dependencies, DeployRequest
from edgefleet.errors import UsageError
from edgefleet.records.models import Action, Record
from edgefleet.rollback.request import RollbackRequest
from edgefleet.rollback.rules import named_version

ID_PREFIX = re.compile(r"[0-9a-f]{8}[0-9a-f-]{0,27}")
"""The beginning of a version's id; an abbreviated commit has the same form."""


class RollbackContext(Protocol):
    """What a rollback to a commit uses of the command's dependencies."""

    @property
    def root(self) -> Path:
        """The repository's folder."""
        ...

    @property
    def builder(self) -> Builder:
        """Builds the Worker of a checkout."""
        ...

    @property
    def bundles(self) -> BundleStore:
        """Reads bundles that were built before."""
        ...

    def tenant_in(self, folder: Path, target: Target) -> Tenant:
        """Load one tenant of a checkout; raises `ConfigError`."""
        ...


def find_version(
    context: RollbackContext, dependencies: Dependencies, target: Target, to: str
) -> str | None:
    """Return the version that `to` names, by records or by Cloudflare's list; None for a commit.

    Raises `UsageError` where it names a version and a commit.
    """
    records = dependencies.records.of(target)
    recorded = named_version(to, (one.version_id for one in records if one.version_id))
    if recorded or not ID_PREFIX.fullmatch(to):
        return recorded
    tenant = context.tenant_in(context.root, target)
    session = open_account(tenant, target, dependencies.credentials, dependencies.connect)
    script = str(tenant.resolved(target.environment)["name"])
    versions = session.account.script(script).versions.deployable()
    version_id = named_version(to, (version.id for version in versions))
    commit = resolve_commit(context.root, to) if version_id else None
    if version_id and commit:
        raise UsageError(
            f"--to {to} names the version {version_id} and the commit {commit}",
            hint=f"edgefleet rollback --tenants {target.tenant} --env {target.environment} "
            f"--to {version_id}",
        )
    return version_id


@dataclass(frozen=True, slots=True)
class CommitOptions:
    """How the bundle of a commit comes about, and reaches Cloudflare."""

    bundle: Path | None = None
    """The folder of a bundle that was built of it before; None builds it."""
    expected: str | None = None
    """The only digest that the bundle may have; None: any."""
    engine: str | None = None
    """What makes the upload; None: wrangler."""

    @property
    def given(self) -> bool:
        """Whether any of them was chosen."""
        return self != CommitOptions()


def deploy_commit(
    context: RollbackContext,
    dependencies: Dependencies,
    request: RollbackRequest,
    options: CommitOptions,
) -> Record:
    """Build and deploy the commit that `request.to` names; raises `UsageError` where it is none."""
    target = request.target
    commit = resolve_commit(context.root, request.to)
    if commit is None:
        raise UsageError(
            f"--to {request.to}: neither 'previous', nor a version's id, nor a commit known here",
            hint=f"edgefleet history --tenants {target.tenant} --env {target.environment} lists "
            f"versions and commits; to get a commit: {fetch_command(context.root)}",
        )
    # A build runs the commit's own code: the commit must be merged.
    check_merged(dependencies.lineage, commit, dependencies.progress)
    with worktree(context.root, commit) as folder:
        dependencies.progress.say(
            f"  note: commit {commit} is uploaded anew; the data in KV, D1, Durable Objects and "
            "Vectorize stays as it is now"
        )
        return deploy(
            DeployRequest(
                target=target,
                load=lambda: context.tenant_in(folder, target),
                bundle=lambda tenant: _bundle(context, folder, tenant, request, options),
                engine=options.engine or WRANGLER,
                origin=request.origin.model_copy(update={"git_commit": commit, "dirty": False}),
                action=Action.ROLLBACK,
                reason=request.reason,
                dry_run=request.dry_run,
                take_over=request.take_over,
                wait=request.wait,
                take_over_lock=request.take_over_lock,
                health_deadline=request.health_deadline,
            ),
            dependencies,
        )


def _bundle(
    context: RollbackContext,
    folder: Path,
    tenant: Tenant,
    request: RollbackRequest,
    options: CommitOptions,
) -> Bundle:
    if options.bundle is not None:
        bundle = context.bundles.load(options.bundle)
    else:
        bundle = build(folder, (tenant,), (request.target.environment,), context.builder)
    return require_digest(bundle, options.expected)
