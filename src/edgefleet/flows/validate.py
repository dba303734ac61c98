"""Validate: read the whole fleet, gather every problem of what was asked for, place each."""

import os.path
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Protocol

from edgefleet.errors import ConfigError
from edgefleet.model.finding import Finding, Severity
from edgefleet.model.secret import Secret
from edgefleet.model.target import DEPLOYABLE, Environment
from edgefleet.model.tenant import Tenant
from edgefleet.ports import files
from edgefleet.ports.git import committed_on
from edgefleet.ports.redact import Redactor
from edgefleet.reports.findings_text import findings_text, summary
from edgefleet.rules.validation.classes import exported_names
from edgefleet.rules.validation.examine import Examined, examine, view
from edgefleet.rules.validation.placing import place
from edgefleet.rules.validation.registry import check_remote
from edgefleet.rules.validation.remote import AccountView
from edgefleet.rules.validation.rule import Problem
from edgefleet.rules.validation.secrets import secret_problem, suspects
from edgefleet.rules.validation.sharing import shared
from edgefleet.rules.validation.subject import Document, Entry, TargetView


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


@dataclass(frozen=True)
class Validation:
    """What was validated, and what was found; `tenants` are those whose files have their form."""

    names: tuple[str, ...]
    environments: tuple[Environment, ...]
    tenants: tuple[Tenant, ...]
    findings: tuple[Finding, ...]
    targets: tuple[TargetView, ...] = field(repr=False)

    @property
    def ok(self) -> bool:
        """Whether nothing was found but warnings."""
        return all(finding.severity is Severity.WARNING for finding in self.findings)


def validate(
    root: Path, tenants: Sequence[str], environments: Sequence[Environment], *, today: date
) -> Validation:
    """Check these tenants in these environments; `today` is the day in UTC.

    All tenants of the fleet are read, since no two may share a resource. Nothing raises over
    what a file holds: each problem is a finding.
    """
    fleet = {name: files.load_tenant(root, name) for name in files.tenant_names(root)}
    sources = _Sources()
    examined = [examine(fleet[name].files, environments, today, sources) for name in tenants]
    others = files.other_files(root, tenants)
    scan = _Scan([*(document for each in examined for document in _documents(each)), *others])
    problems = [
        *(problem for name in tenants for problem in fleet[name].problems),
        *(problem for each in examined for problem in each.problems),
        *_sharing(fleet, examined, environments, today),
        *scan.problems,
    ]
    texts = {document.file: document.text for document in scan.documents}
    for loaded in fleet.values():
        texts[loaded.files.wrangler.file] = loaded.files.wrangler.text
    return Validation(
        tuple(tenants),
        tuple(environments),
        tuple(tenant for each in examined if (tenant := _tenant(each))),
        place(problems, texts, Redactor(scan.secrets)),
        tuple(target for each in examined for target in each.targets.values()),
    )


def require_valid(
    root: Path, tenants: Sequence[str], environments: Sequence[Environment], *, today: date
) -> tuple[Tenant, ...]:
    """Return these tenants, in this order, or raise `ConfigError` with every finding."""
    validation = validate(root, tenants, environments, today=today)
    if validation.ok:
        return validation.tenants
    message = f"the configuration is not valid\n{findings_text(validation.findings)}"
    raise ConfigError(
        f"{message}\n{summary(validation)}", hint="docs/reference/validation.md explains each code"
    )


def require_valid_then(
    folder: Path, tenants: Sequence[str], environments: Sequence[Environment]
) -> tuple[Tenant, ...]:
    """Return tenants of a checkout; what has expired since its commit is no error there."""
    today = committed_on(folder) or datetime.now(UTC).date()
    return require_valid(folder, tenants, environments, today=today)


def validate_remote(
    validation: Validation, api_for: Callable[[Tenant, Environment], AccountReader]
) -> tuple[Finding, ...]:
    """Compare each target with its account; `api_for` verifies the way into it.

    Raises what `api_for` and the reader raise: `CredentialError`, `CloudflareError`.
    """
    tenants = {tenant.name: tenant for tenant in validation.tenants}
    problems: list[Problem] = []
    texts: dict[str, str] = {}
    for target in validation.targets:
        tenant = tenants.get(target.tenant.name)
        if tenant is not None and target.environment.deployable:
            account = _account(api_for(tenant, target.environment), target.worker.name)
            problems += check_remote(target, account)
            for document in (target.tenant.config, target.tenant.wrangler):
                texts[document.file] = document.text
    return place(problems, texts, str)


class _Sources:
    """The Workers' source files, each read once."""

    def __init__(self) -> None:
        self._entries: dict[str, Entry] = {}

    def __call__(self, folder: Path, main: str | None) -> Entry:
        if main is None:
            return Entry()
        path = os.path.normpath(f"{folder}/{main}")
        if path not in self._entries:
            text = files.read_source(Path(path))
            found = text is not None
            self._entries[path] = Entry(found, exported_names(text) if text else None)
        return self._entries[path]


class _Scan:
    """Files searched for secrets; those found are kept, so that no message repeats one."""

    def __init__(self, found: Sequence[tuple[Document, Problem | None]]) -> None:
        self.documents = [document for document, _ in found]
        self.problems = [problem for _, problem in found if problem]
        self.secrets: list[Secret] = []
        for document in self.documents:
            for suspect in suspects(document.text):
                self.secrets.append(suspect.text)
                self.problems.append(secret_problem(document.file, suspect))


def _documents(examined: Examined) -> Iterator[tuple[Document, None]]:
    # What is wrong with reading these two has been said.
    yield examined.files.config, None
    yield examined.files.wrangler, None


def _sharing(
    fleet: dict[str, files.Loaded],
    examined: Sequence[Examined],
    environments: Sequence[Environment],
    today: date,
) -> Iterator[Problem]:
    known = {each.files.name: each.targets for each in examined}
    targets: list[TargetView] = []
    for name, loaded in fleet.items():
        for environment in DEPLOYABLE if loaded.files.wrangler.value is not None else ():
            target = known.get(name, {}).get(environment)
            if target is None:
                target, _ = view(loaded.files, environment, today, lambda *_: Entry())
            if target is not None:
                targets.append(target)
    chosen = {(name, environment.value) for name in known for environment in environments}
    return shared(targets, chosen)


def _tenant(examined: Examined) -> Tenant | None:
    read = examined.files
    if examined.config is None or read.wrangler.value is None:
        return None
    return Tenant(read.name, read.folder, examined.config, read.wrangler.value)


def _account(reader: AccountReader, script: str) -> AccountView:
    secrets = reader.secret_names(script)
    return AccountView(
        kv_namespace_ids=frozenset(reader.kv_namespace_ids()),
        d1_database_ids=frozenset(reader.d1_database_ids()),
        vectorize_index_names=frozenset(reader.vectorize_index_names()),
        script_names=frozenset(reader.script_names()),
        secret_names=None if secrets is None else frozenset(secrets),
    )
