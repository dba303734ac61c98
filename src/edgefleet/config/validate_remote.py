"""Compare files with the accounts that they name: `edgefleet validate --remote`."""

from collections.abc import Callable, Sequence
from itertools import product
from typing import NamedTuple

from edgefleet.cloudflare.named_resources import named
from edgefleet.config.account_api import AccountReader
from edgefleet.config.files import tenant_files as files
from edgefleet.config.reading.locate import locate
from edgefleet.config.reading.rule import Finding, Problem
from edgefleet.config.reading.views import TargetView
from edgefleet.config.target import Environment, Target
from edgefleet.config.tenant import Tenant
from edgefleet.config.validate import Validation
from edgefleet.config.validation.check_tenant import NO_SOURCES, view
from edgefleet.config.validation.quotas import plan_of
from edgefleet.config.validation.registry import check_remote
from edgefleet.config.validation.remote import AccountView
from edgefleet.core.parallel import MAX_PARALLEL, in_parallel
from edgefleet.errors import EdgefleetError


class Compared(NamedTuple):
    """Differences from the accounts, and the targets that edgefleet could not compare."""

    findings: tuple[Finding, ...]
    failures: tuple[tuple[Target, EdgefleetError], ...]


def validate_remote(
    validation: Validation,
    api_for: Callable[[Tenant, Environment], AccountReader],
    *,
    parallel: int = MAX_PARALLEL,
) -> Compared:
    """Compare each target with its account; `api_for` verifies its token.

    Targets are compared in parallel; a target for which `api_for` or the reader raises is among
    the failures.
    """
    asked = tuple(product(validation.tenants, validation.environments))
    compared = in_parallel(
        asked, lambda pair: _compared(validation, *pair, api_for), parallel=parallel
    )
    problems: list[Problem] = []
    texts: dict[str, str] = {}
    failures: list[tuple[Target, EdgefleetError]] = []
    for (tenant, environment), found in zip(asked, compared, strict=True):
        if isinstance(found, EdgefleetError):
            failures.append((Target(tenant=tenant.name, environment=environment), found))
        else:
            problems += found[0]
            texts |= found[1]
    return Compared(locate(problems, texts, str), tuple(failures))


def _compared(
    validation: Validation,
    tenant: Tenant,
    environment: Environment,
    api_for: Callable[[Tenant, Environment], AccountReader],
) -> tuple[Sequence[Problem], dict[str, str]]:
    """Return the problems of one target, and the texts of the files that they are in."""
    read = files.load_tenant(validation.root, tenant.name, tenant.fleet, tenant.base).files
    target, _ = view(read, environment, validation.today, NO_SOURCES)
    if target is None or not environment.deployable:
        return (), {}
    account = _account(api_for(tenant, environment), target)
    base = () if read.base is None else (read.base,)
    texts = {one.file: one.text for one in (read.config, read.wrangler, *base)}
    return tuple(check_remote(target, account)), texts


def _account(reader: AccountReader, target: TargetView) -> AccountView:
    secrets = reader.secret_names(target.worker.name)
    wanted = tuple(named(target.resolved))
    return AccountView(
        script_names=frozenset(reader.script_names()),
        secret_names=None if secrets is None else frozenset(secrets),
        present=reader.resources.present(wanted) if wanted else {},
        plan=None if plan_of(target) else reader.plan(),
    )
