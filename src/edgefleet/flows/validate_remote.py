"""Compare files with the accounts that they name: `edgefleet validate --remote`."""

from collections.abc import Callable, Collection
from typing import Protocol

from edgefleet.flows.validate import Validation
from edgefleet.model.finding import Finding
from edgefleet.model.target import Environment
from edgefleet.model.tenant import Tenant
from edgefleet.ports import files
from edgefleet.rules.validation.examine import no_source, view
from edgefleet.rules.validation.placing import place
from edgefleet.rules.validation.registry import check_remote
from edgefleet.rules.validation.remote import AccountView
from edgefleet.rules.validation.rule import Problem


class AccountReader(Protocol):
    """What `--remote` asks of an account."""

    def kv_namespace_ids(self) -> Collection[str]:
        """Return the ids of all KV namespaces."""
        ...

    def d1_database_ids(self) -> Collection[str]:
        """Return the ids of all D1 databases."""
        ...

    def vectorize_index_names(self) -> Collection[str]:
        """Return the names of all Vectorize indexes."""
        ...

    def script_names(self) -> Collection[str]:
        """Return the names of all scripts."""
        ...

    def secret_names(self, script: str) -> Collection[str] | None:
        """Return the names of a script's secrets; None where the script does not exist."""
        ...


def validate_remote(
    validation: Validation, api_for: Callable[[Tenant, Environment], AccountReader]
) -> tuple[Finding, ...]:
    """Compare each target with its account; `api_for` verifies the way into it.

    Raises what `api_for` and the reader raise: `CredentialError`, `CloudflareError`.
    """
    problems: list[Problem] = []
    texts: dict[str, str] = {}
    for tenant in validation.tenants:
        read = files.load_tenant(validation.root, tenant.name).files
        for environment in validation.environments:
            target, _ = view(read, environment, validation.today, no_source)
            if target is not None and environment.deployable:
                account = _account(api_for(tenant, environment), target.worker.name)
                problems += check_remote(target, account)
                texts |= {one.file: one.text for one in (read.config, read.wrangler)}
    return place(problems, texts, str)


def _account(reader: AccountReader, script: str) -> AccountView:
    secrets = reader.secret_names(script)
    return AccountView(
        kv_namespace_ids=frozenset(reader.kv_namespace_ids()),
        d1_database_ids=frozenset(reader.d1_database_ids()),
        vectorize_index_names=frozenset(reader.vectorize_index_names()),
        script_names=frozenset(reader.script_names()),
        secret_names=None if secrets is None else frozenset(secrets),
    )
