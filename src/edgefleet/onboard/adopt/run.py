"""Adopt many Workers: draft all files first, then write them, validate and plan."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date
from functools import partial
from pathlib import Path

from edgefleet.cloudflare.worker.bundle import Bundle
from edgefleet.config.account_session import reads_alone
from edgefleet.config.files.tenant_files import TENANTS, tenant_names
from edgefleet.config.reading.rule import Finding, Severity
from edgefleet.config.target import Environment, Target
from edgefleet.config.tenant import Tenant
from edgefleet.config.validate import Validation, validate
from edgefleet.core.parallel import in_parallel
from edgefleet.core.secret_scanner import masked
from edgefleet.errors import EdgefleetError, UsageError
from edgefleet.onboard.adopt.adopt import (
    AdoptableWorker,
    AdoptDependencies,
    AdoptRequest,
    Drafted,
    compare,
    draft,
    live_bundle,
    read,
    require_place,
    way_into,
)
from edgefleet.onboard.adopt.drafts import TenantDrafts
from edgefleet.onboard.adopt.models import AdoptedFile, AdoptedTarget
from edgefleet.onboard.adopt.requests import (
    AdoptSelection,
    request_of,
    requests_of,
    target_of,
    tenant_of,
    tenants_of,
)
from edgefleet.plan.masking import masked_changes

OnError = Callable[[Target, str, EdgefleetError], None]
"""Gets the target, what could not be done there, and why."""

BundleOf = Callable[[Tenant, Environment], Bundle]
"""Builds what a target of the fleet runs."""

ADOPT, PLAN = "adopt", "plan"


def all_requests(
    wanted: AdoptSelection, drafts: TenantDrafts, needs: AdoptDependencies, on_error: OnError
) -> Iterator[AdoptRequest]:
    """Yield each script to adopt. Raises `UsageError`; and says which account it cannot read."""
    known = tenants_of(drafts, tenant_names(drafts.root))
    for account in wanted.accounts:
        if wanted.script is not None:
            yield request_of(account, wanted, known, drafts)
            continue
        tenant = tenant_of(account, known)
        if tenant is None:
            raise UsageError(
                f"no tenant has the account {account.account_id} yet",
                hint=f"say how it is called: --account {account.account_id}=NAME",
            )
        target = target_of(tenant, wanted.environment or drafts.fleet.deployable[0], drafts.fleet)
        try:
            names = _script_names(AdoptRequest(target, "", account.account_id), wanted, needs)
            yield from requests_of(account, tenant, names, wanted, drafts)
        except EdgefleetError as error:
            if len(wanted.accounts) == 1:
                raise
            on_error(target, ADOPT, error)


def draft_all(
    requests: Iterable[AdoptRequest],
    drafts: TenantDrafts,
    needs: AdoptDependencies,
    on_error: OnError,
    *,
    allow_plain: bool,
    parallel: int,
) -> list[Drafted]:
    """Read all scripts, then draft each one's files; an error at one of several stops no other."""
    every = list(requests)
    drafted = []

    def look(request: AdoptRequest) -> AdoptableWorker:
        require_place(request, drafts)
        return read(request, needs, allow_plain=allow_plain)

    for request, found in zip(every, in_parallel(every, look, parallel=parallel), strict=True):
        try:
            if isinstance(found, EdgefleetError):
                raise found
            drafted.append(draft(found, drafts))
        except EdgefleetError as error:
            if len(every) == 1:
                raise
            on_error(request.target, ADOPT, error)
    return drafted


def described(drafted: Drafted, *, texts: bool = False) -> AdoptedTarget:
    """Return what was drafted of one target; with `texts` the files themselves."""
    request, code = drafted.request, drafted.read.code
    return AdoptedTarget(
        target=request.target,
        script=request.script,
        account_id=request.account_id,
        version_id=drafted.read.worker.version_id,
        code_digest=code.digest if code else None,
        files=tuple(
            AdoptedFile(path=one.path, state=one.state, text=one.after if texts else None)
            for one in drafted.files
        ),
        unwritten=drafted.unwritten,
    )


def compared(
    drafted: Sequence[Drafted],
    drafts: TenantDrafts,
    needs: AdoptDependencies,
    build: BundleOf,
    on_error: OnError,
    *,
    today: date,
    download: bool,
    parallel: int,
) -> Iterator[AdoptedTarget]:
    """Yield what validation and a first plan find in each target, whose files are written."""
    valid = _validated(drafted, drafts.root, today)

    def look(one: Drafted) -> tuple[AdoptedTarget, EdgefleetError | None]:
        target = one.request.target
        found, tenant = _checked(one, valid[target.environment])
        if tenant is None:
            return found, None
        bundle_of = partial(build, tenant, target.environment)
        try:
            live = live_bundle(one, tenant, drafts, bundle_of) if download else None
            found = _stored(found, live, drafts, needs)
            return _planned(found, one, tenant, live or bundle_of(), needs), None
        except EdgefleetError as error:
            return found, error

    for one, result in zip(drafted, in_parallel(drafted, look, parallel=parallel), strict=True):
        if isinstance(result, EdgefleetError):
            result = described(one), result
        found, error = result
        if error is not None:
            on_error(found.target, PLAN, error)
        yield found


def _validated(
    drafted: Sequence[Drafted], root: Path, today: date
) -> Mapping[Environment, Validation]:
    """Validate the tenants of each environment: the whole fleet is read once for all of them."""
    tenants: dict[Environment, list[str]] = {}
    for one in drafted:
        target = one.request.target
        tenants.setdefault(target.environment, []).append(target.tenant)
    return {
        environment: validate(root, names, (environment,), today=today)
        for environment, names in tenants.items()
    }


def _checked(drafted: Drafted, validation: Validation) -> tuple[AdoptedTarget, Tenant | None]:
    """Return what validation finds, and the tenant where it finds no error."""
    target = drafted.request.target
    findings = _findings_of(target, validation.findings)
    found = described(drafted).model_copy(update={"findings": findings})
    tenant = next((one for one in validation.tenants if one.name == target.tenant), None)
    return found, None if has_errors(found) else tenant


def has_errors(found: AdoptedTarget) -> bool:
    """Whether `validate` refuses the files of a target."""
    return any(one.severity is Severity.ERROR for one in found.findings)


def _stored(
    found: AdoptedTarget, live: Bundle | None, drafts: TenantDrafts, needs: AdoptDependencies
) -> AdoptedTarget:
    """Store the live modules, where there are some."""
    if live is None:
        return found
    home = needs.bundles.save(live).relative_to(drafts.root).as_posix()
    return found.model_copy(update={"bundle": home})


def _planned(
    found: AdoptedTarget,
    drafted: Drafted,
    tenant: Tenant,
    bundle: Bundle,
    needs: AdoptDependencies,
) -> AdoptedTarget:
    plan = compare(drafted, tenant, bundle, needs)
    return found.model_copy(update={"changes": masked_changes(plan.changes, masked)})


def _findings_of(target: Target, findings: Sequence[Finding]) -> tuple[Finding, ...]:
    """Return what concerns a target: its own files, and those that all tenants share."""
    own = f"{TENANTS}/{target.tenant}/"
    return tuple(
        one
        for one in findings
        if one.path.startswith(own) or not one.path.startswith(f"{TENANTS}/")
    )


def _script_names(
    request: AdoptRequest, wanted: AdoptSelection, needs: AdoptDependencies
) -> set[str]:
    """Return the names of an account's scripts."""
    way = way_into(request, needs, allow_plain=len(wanted.accounts) == 1)
    with reads_alone(request.account_id):
        return way.account.script_names()
