"""Adopt many Workers: draft all files first, then write them, validate and plan."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date

from edgefleet.cloudflare.worker.bundle import Bundle
from edgefleet.config.account_session import reads_alone
from edgefleet.config.files.tenant_files import TENANTS, tenant_names
from edgefleet.config.reading.rule import Finding, Severity
from edgefleet.config.target import Environment, Target
from edgefleet.config.tenant import Tenant
from edgefleet.config.validate import Validation, validate
from edgefleet.core.secret_scanner import masked
from edgefleet.errors import EdgefleetError, UsageError
from edgefleet.onboard.adopt.adopt import (
    AdoptDependencies,
    AdoptRequest,
    Drafted,
    compare,
    draft,
    live_bundle,
    session_of,
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

ADOPT = "adopt"


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
) -> list[Drafted]:
    """Draft each script's files; an error at one of several does not stop the others."""
    every = list(requests)
    found = []
    for request in every:
        try:
            found.append(draft(request, drafts, needs, allow_plain=allow_plain))
        except EdgefleetError as error:
            if len(every) == 1:
                raise
            on_error(request.target, ADOPT, error)
    return found


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
) -> Iterator[AdoptedTarget]:
    """Yield what validation and a first plan find in each target, whose files are written."""
    valid: Mapping[Environment, Validation] = {
        environment: validate(
            drafts.root,
            [
                one.request.target.tenant
                for one in drafted
                if one.request.target.environment == environment
            ],
            (environment,),
            today=today,
        )
        for environment in dict.fromkeys(one.request.target.environment for one in drafted)
    }
    for one in drafted:
        target = one.request.target
        validation = valid[target.environment]
        findings = _findings_of(target, validation.findings)
        found = described(one).model_copy(update={"findings": findings})
        tenant = next((it for it in validation.tenants if it.name == target.tenant), None)
        if tenant is not None and not has_errors(found):
            try:
                found = _planned(found, one, tenant, drafts, needs, build, download=download)
            except EdgefleetError as error:
                if len(drafted) == 1:
                    raise
                on_error(target, ADOPT, error)
        yield found


def has_errors(found: AdoptedTarget) -> bool:
    """Whether `validate` refuses the files of a target."""
    return any(one.severity is Severity.ERROR for one in found.findings)


def _planned(
    found: AdoptedTarget,
    drafted: Drafted,
    tenant: Tenant,
    drafts: TenantDrafts,
    needs: AdoptDependencies,
    build: BundleOf,
    *,
    download: bool,
) -> AdoptedTarget:
    live = live_bundle(drafted, tenant, drafts) if download else None
    bundle = live or build(tenant, drafted.request.target.environment)
    plan = compare(drafted, tenant, bundle, needs)
    stored = needs.bundles.save(live).relative_to(drafts.root).as_posix() if live else None
    changes = masked_changes(plan.changes, masked)
    return found.model_copy(update={"changes": changes, "bundle": stored})


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
    _, account = session_of(request, needs, allow_plain=len(wanted.accounts) == 1)
    with reads_alone(request.account_id):
        return account.script_names()
