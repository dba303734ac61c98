"""Adopt a live Worker: read it, draft the files of its tenant, and compare them with it again."""

from collections.abc import Callable
from typing import NamedTuple

from edgefleet.build.assets.manifests import AssetManifests
from edgefleet.build.assets.read import read_assets
from edgefleet.build.bundle_store import BundleStore
from edgefleet.cloudflare.account import Account
from edgefleet.cloudflare.worker.bundle import Bundle
from edgefleet.cloudflare.worker.static_assets import BUILT
from edgefleet.config.account_session import AccountSession, reads_alone
from edgefleet.config.credentials.lookup import Credentials
from edgefleet.config.files.tenant_files import tenant_names
from edgefleet.config.overlay.layers import Layers, stands_alone
from edgefleet.config.reading.views import TenantFiles
from edgefleet.config.target import Target
from edgefleet.config.tenant import Tenant
from edgefleet.core.foreign.values import at
from edgefleet.core.secret_scanner import find_secrets
from edgefleet.errors import ConfigError
from edgefleet.onboard.adopt.compose import SectionPlace, wrangler_file
from edgefleet.onboard.adopt.config_file import config_file
from edgefleet.onboard.adopt.drafts import TenantDrafts
from edgefleet.onboard.adopt.live_worker.read import ReadWorker, read_worker
from edgefleet.onboard.adopt.models import DraftedFile, Unwritten
from edgefleet.onboard.adopt.ready import require_environment
from edgefleet.onboard.adopt.rules import adopted
from edgefleet.onboard.adopt.withheld import withhold
from edgefleet.onboard.tenants.new_tenant import schema_of
from edgefleet.plan.accounts import Accounts
from edgefleet.plan.plan import Observe, plan_target
from edgefleet.state.models import Plan

WRANGLER_SCHEMA = "node_modules/wrangler/config-schema.json"


class AdoptRequest(NamedTuple):
    """A script to adopt, and the target that it becomes."""

    target: Target
    script: str
    account_id: str


class AdoptDependencies(NamedTuple):
    """What adopting needs of the outside world."""

    credentials: Credentials
    accounts: Callable[[], Accounts]
    """Opens new connections, for one of many targets in parallel."""
    bundles: BundleStore
    manifests: AssetManifests


class OpenAccount(NamedTuple):
    """A verified way into an account, over separate connections."""

    session: AccountSession
    account: Account
    observe: Observe


class AdoptableWorker(NamedTuple):
    """A Worker that was read, and the way to its account."""

    request: AdoptRequest
    way: OpenAccount
    read: ReadWorker


class Drafted(NamedTuple):
    """A Worker whose files are drafted."""

    request: AdoptRequest
    way: OpenAccount
    read: ReadWorker
    unwritten: tuple[Unwritten, ...]
    files: tuple[DraftedFile, ...]


def way_into(request: AdoptRequest, needs: AdoptDependencies, *, allow_plain: bool) -> OpenAccount:
    """Find the target's token and make sure that it opens the account; raises `CredentialError`."""
    credential = needs.credentials.find(request.target, allow_plain=allow_plain)
    accounts = needs.accounts()
    account = accounts.connect(credential, request.account_id)
    session = AccountSession(credential, account, account.verify())
    return OpenAccount(session, account, accounts.observe)


def read(request: AdoptRequest, needs: AdoptDependencies, *, allow_plain: bool) -> AdoptableWorker:
    """Read a Worker.

    Raises `CredentialError` where the token opens another account or lacks a permission, and
    `ConfigError` for a script that cannot be adopted.
    """
    way = way_into(request, needs, allow_plain=allow_plain)
    with reads_alone(request.account_id):
        return AdoptableWorker(request, way, read_worker(way.account, request.script))


def require_place(request: AdoptRequest, drafts: TenantDrafts) -> SectionPlace:
    """Return where the environment is written, before anything is asked of Cloudflare.

    Raises `ConfigError` for files of another account, and where the base lacks the environment.
    """
    files = drafts.tenant(request.target.tenant)
    _same_account(files, request)
    return _place(files, request, drafts)


def draft(found: AdoptableWorker, drafts: TenantDrafts) -> Drafted:
    """Draft the files of a Worker's tenant. Writes nothing; raises `ConfigError`."""
    request, live = found.request, found.read.worker
    place = require_place(request, drafts)
    files = drafts.tenant(request.target.tenant)
    kept = withhold(adopted(live), _known_vars(files, request), request.script)
    configured = config_file(files, kept, live, schema_of(drafts.root))
    composed = wrangler_file(place, configured.adopted, live)
    written = (configured.file, composed.file)
    for one in written:
        _refuse_secrets(one)
    for one in written:
        drafts.put(one)
    unwritten = (*kept.unwritten, *configured.unwritten, *composed.unwritten)
    return Drafted(request, found.way, found.read, unwritten, written)


def live_bundle(
    drafted: Drafted, tenant: Tenant, drafts: TenantDrafts, build: Callable[[], Bundle]
) -> Bundle | None:
    """Return the live modules, with the assets that the files name; None where none can hold them.

    Assets that a build names itself come from a build. Raises as the build does, and `ConfigError`
    where a folder of assets cannot be read.
    """
    code, environment = drafted.read.code, drafted.request.target.environment
    directory = tenant.asset_directory(environment)
    if code is None or directory is None:
        return code
    if directory == BUILT:
        named = tenant.resolved(environment).get("assets")
        return code.model_copy(update={"assets": build().assets}) if named else code
    return code.model_copy(update={"assets": (read_assets(drafts.root, directory),)})


def compare(drafted: Drafted, tenant: Tenant, bundle: Bundle, needs: AdoptDependencies) -> Plan:
    """Return the first plan of an adopted target."""
    target, way = drafted.request.target, drafted.way
    return plan_target(tenant, target, bundle, way.session, way.observe, (), needs.manifests).plan


def _place(files: TenantFiles, request: AdoptRequest, drafts: TenantDrafts) -> SectionPlace:
    """Return where the environment is written; raises `ConfigError` where the base lacks it."""
    alone = stands_alone(files.wrangler.keys)
    base = None if alone else files.base
    if base is not None:
        require_environment(base, request.target.environment)
    elif not alone and files.wrangler.text:
        raise ConfigError(
            f"{files.wrangler.file} names no main, and the Worker has no wrangler file",
            hint=f"edgefleet validate --tenants {request.target.tenant}",
        )
    return SectionPlace(
        target=request.target,
        document=files.wrangler,
        base=base,
        main=drafts.main_of(tenant_names(drafts.root)) if base is None else None,
        schema=f"../../{WRANGLER_SCHEMA}" if (drafts.root / WRANGLER_SCHEMA).exists() else None,
    )


def _same_account(files: TenantFiles, request: AdoptRequest) -> None:
    named = files.config.keys.get("accountId")
    if files.config.text and named != request.account_id:
        raise ConfigError(
            f"{files.config.file} says that {request.target.tenant} has the account {named}, and "
            f"the script {request.script} is in {request.account_id}",
            hint="name another tenant with --tenant",
        )


def _known_vars(files: TenantFiles, request: AdoptRequest) -> dict[str, object]:
    """Return the vars that the files have already."""
    environment = request.target.environment
    layers = Layers.of(files.wrangler.file, files.wrangler.keys, files.base, request.account_id)
    return dict(at(layers.resolve(environment), "vars") or {}) if layers.has(environment) else {}


def _refuse_secrets(file: DraftedFile) -> None:
    """Raise `ConfigError` where a file would get a secret that is no var."""
    before = {one.text for one in find_secrets(file.before or "")}
    new = [one for one in find_secrets(file.after) if one.text not in before]
    if new:
        raise ConfigError(
            f"{file.path}:{new[0].line}: what is live there looks like {new[0].what}; nothing was "
            "written",
            hint="replace it by a secret at Cloudflare, then run the command again",
        )
