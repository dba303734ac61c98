"""Validate: read the whole fleet, and report every problem of the chosen targets."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cache
from itertools import product
from pathlib import Path

from edgefleet.config.files import tenant_files as files
from edgefleet.config.files.base_file import read_base
from edgefleet.config.files.build_files import build_files
from edgefleet.config.files.fleet_file import ReadFleet, read_fleet
from edgefleet.config.files.fleet_part import FleetPart
from edgefleet.config.files.kept_tenants import KeptTenants
from edgefleet.config.fleet_config import FLEET_FILE, NO_FLEET, FleetConfig
from edgefleet.config.reading.locate import locate
from edgefleet.config.reading.rule import Finding, Severity
from edgefleet.config.reading.views import Document
from edgefleet.config.report import findings_text, summary
from edgefleet.config.target import Environment
from edgefleet.config.validation.names import collisions
from edgefleet.config.validation.shared_resources import scripts_of, shared
from edgefleet.config.validation.wrangler.overlays import base_file
from edgefleet.core.git import committed_on
from edgefleet.core.parallel import map_in_processes
from edgefleet.core.redaction import Redactor
from edgefleet.core.secret_scanner import find_secrets
from edgefleet.errors import ConfigError

WORTH_A_PROCESS = 200
"""Tenants for which starting another process saves time."""


@dataclass(frozen=True, slots=True)
class Validation:
    """What was validated, and what was found; `tenants` are those whose files have their form."""

    root: Path
    names: tuple[str, ...]
    environments: tuple[Environment, ...]
    today: date
    tenants: KeptTenants
    findings: tuple[Finding, ...]
    scripts: frozenset[tuple[str, str]] | None = None
    """Account and script of each target of the fleet; None where a file does not tell them."""

    @property
    def ok(self) -> bool:
        """Whether nothing was found but warnings."""
        return all(finding.severity is Severity.WARNING for finding in self.findings)


def validate(
    root: Path,
    tenants: Sequence[str],
    environments: Sequence[Environment],
    *,
    today: date,
    keep: bool = True,
    fleet: FleetConfig | None = None,
) -> Validation:
    """Check these tenants in these environments; `today` is the day in UTC.

    Without `keep` the result has no tenants: to list problems, none is needed. With `fleet`
    fleet.jsonc is not read.

    It reads all tenants of the fleet, since no two may share a resource. Each problem is a
    finding; an invalid file raises nothing.
    """
    described = read_fleet(root) if fleet is None else ReadFleet((), fleet, ())
    config = described.config
    if config is None:
        return _of_fleet_file(root, tenants, environments, today, described)
    base = read_base(root, config)
    chosen = frozenset(tenants)

    def read(names: Sequence[str]) -> FleetPart:
        part = FleetPart(root, config, base.base, tuple(environments), today, keep=keep)
        for name in names:
            if name in chosen:
                part.examine(name)
            else:
                part.glance(name)
        return part

    names = files.tenant_names(root)
    whole, *others = map_in_processes(read, names, WORTH_A_PROCESS)
    for part in others:
        whole.add(part)
    whole.search((document, None) for document in described.documents)
    whole.search(files.other_files(root, tenants))
    if base.base is not None:
        whole.search([(Document(base.base.file, base.base.text), None)])
        whole.problems += [*base.problems, *base_file(base.base, config.worker)]
    targets = set(product(tenants, environments))
    problems = [
        *whole.problems,
        *build_files(root, config.worker),
        *(() if config.worker.built_at_the_top else files.second_wrangler_files(root, "")),
        *collisions(names, chosen, config, f"{files.TENANTS}/{{name}}/{files.CONFIG_FILE}"),
        *shared(whole.uses, targets, cache(whole.read)),
    ]
    texts = {file: files.read_text(root, file)[0] for file in {one.file for one in problems}}
    return Validation(
        root,
        tuple(tenants),
        tuple(environments),
        today,
        KeptTenants(
            root,
            config,
            base.base,
            {name: whole.tenants[name] for name in tenants if name in whole.tenants},
        ),
        locate(problems, texts, Redactor(whole.secrets)),
        scripts_of(whole.uses) if whole.readable else None,
    )


def _of_fleet_file(
    root: Path,
    tenants: Sequence[str],
    environments: Sequence[Environment],
    today: date,
    read: ReadFleet,
) -> Validation:
    """Return what is wrong with fleet.jsonc alone: no tenant can be judged without it."""
    secrets = [secret.text for text in read.texts.values() for secret in find_secrets(text)]
    findings = locate(read.problems, read.texts, Redactor(secrets))
    none = KeptTenants(root, NO_FLEET, None, {})
    return Validation(root, tuple(tenants), tuple(environments), today, none, findings)


def require_valid(
    root: Path,
    tenants: Sequence[str],
    environments: Sequence[Environment],
    *,
    today: date,
    fleet: FleetConfig | None = None,
) -> KeptTenants:
    """Return these tenants, in this order, or raise `ConfigError` with every finding."""
    return validated(root, tenants, environments, today=today, fleet=fleet).tenants


def validated(
    root: Path,
    tenants: Sequence[str],
    environments: Sequence[Environment],
    *,
    today: date,
    fleet: FleetConfig | None = None,
) -> Validation:
    """Return what was validated, with these tenants, or raise `ConfigError` with every finding."""
    validation = validate(root, tenants, environments, today=today, fleet=fleet)
    if validation.ok:
        return validation
    message = f"the configuration is not valid\n{findings_text(validation.findings)}"
    raise ConfigError(
        f"{message}\n{summary(validation)}", hint="docs/reference/validation.md explains each code"
    )


def require_valid_then(
    folder: Path,
    tenants: Sequence[str],
    environments: Sequence[Environment],
    now: FleetConfig,
) -> KeptTenants:
    """Return tenants of a checkout; an entry that expired after its commit is no error there.

    Commits of version 0.1.0 have no fleet.jsonc: for those, `now` says what holds for the fleet.
    """
    today = committed_on(folder) or datetime.now(UTC).date()
    fleet = None if (folder / FLEET_FILE).exists() else now
    return require_valid(folder, tenants, environments, today=today, fleet=fleet)
