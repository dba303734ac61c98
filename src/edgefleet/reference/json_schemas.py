"""The JSON Schema of what each command prints with `--format json`."""

from typing import Any, Literal

from pydantic import Field, TypeAdapter

from edgefleet.build.bundle_size import BuildResult
from edgefleet.config.overlay.difference import Difference
from edgefleet.config.reading.rule import Finding
from edgefleet.config.target import Environment, Target
from edgefleet.core.model import Model
from edgefleet.drift.models import Drift
from edgefleet.fleet.explain.models import ExplainedRing
from edgefleet.fleet.models import FleetRecord
from edgefleet.health.models import SmokeResult
from edgefleet.history.models import HistoryEntry, Tag
from edgefleet.locks.models import Lock, Unlocked
from edgefleet.onboard.adopt.models import AdoptedTarget
from edgefleet.onboard.models import Diagnosis
from edgefleet.onboard.project.models import ProjectChange
from edgefleet.onboard.provision.models import TargetProvision
from edgefleet.onboard.tenants.removal_models import TenantRemoval
from edgefleet.records.models import Health, Record
from edgefleet.rehearse.models import Rehearsal
from edgefleet.rollback.models import RollbackPlan
from edgefleet.state.models import Plan
from edgefleet.toolchain.install import Tools
from edgefleet.underway.models import CanaryResult


class Error(Model):
    """Why a command, or one target of it, failed."""

    code: str
    message: str
    hint: str
    exit_code: int = Field(description="docs/reference/exit-codes.md")


class Failed(Model):
    """A command that failed before it had anything else to print."""

    schema_version: Literal[1]
    error: Error


class _OfTarget(Model):
    schema_version: int = 1
    tenant: str
    environment: Environment


class UnknownTarget(_OfTarget):
    """A target that edgefleet could not check."""

    target: Target
    state: Literal["unknown"]
    error: Error
    locked_by: Lock | None = None


class PlannedTarget(Plan, _OfTarget):
    """What a deploy of a target would do; `held` is the pin or freeze that stops it."""

    held: str | None
    locked_by: Lock | None = None


class DriftOfTarget(Drift, _OfTarget):
    """What differs at a target."""


class HealthOfTarget(Health, _OfTarget):
    """What the probe of a target found."""

    state: Literal["healthy", "unhealthy", "not deployed"]
    held: str | None
    locked_by: Lock | None = None
    smoke: SmokeResult | None = Field(default=None, description="Only with --smoke.")


class HistoryEntryJson(HistoryEntry, _OfTarget):
    """A run of edgefleet, or a deployment that others made."""


class TenantTarget(_OfTarget):
    """A target that the files define."""

    ring: int
    tags: list[str]
    account: str = Field(description="The same as account_id; the older name.")
    account_id: str
    script: str
    last: str = Field(description="How its last deploy ended, in words.")
    held: str | None
    record: Record | None


class RollbackPreview(RollbackPlan):
    """What `rollback --dry-run` found for one target."""

    schema_version: Literal[1]
    dry_run: Literal[True]


class RollbackPreviewOfMany(_OfTarget):
    """What `rollback --dry-run` found for one of several targets."""

    dry_run: Literal[True]
    target: Target | None = None
    state: Literal["unknown"] | None = Field(
        default=None, description="With `error`: edgefleet could not check the target."
    )
    error: Error | None = None
    held: str | None = None
    script: str | None = None
    version_id: str | None = None
    live_version_id: str | None = None
    why: str | None = None
    settings: str | None = None
    setting_changes: tuple[str, ...] = ()
    loses: tuple[str, ...] = ()
    leaves: tuple[str, ...] = ()


class HeldTarget(Model):
    """Who holds a target; `lock` null is one of a form that this edgefleet does not know."""

    schema_version: Literal[1]
    target: str
    lock: Lock | None


class RenderedTarget(_OfTarget):
    """Where the configuration of a target was written."""

    path: str


class OwnOfTarget(_OfTarget):
    """In what a tenant differs from the base: `render --diff`."""

    own: list[Difference]


class ProvisionOfTarget(TargetProvision, _OfTarget):
    """What a target binds, and what of it was made; `error` says why anything is left."""

    error: Error | None


class AdoptedJson(AdoptedTarget, _OfTarget):
    """What `adopt` made of one Worker, and what a plan still finds."""


class CanaryJson(CanaryResult, _OfTarget):
    """How the canary of a target stands, once the command has ended."""


class ValidationSchema(Model):
    """What `validate` found; `schemaVersion` is the older name of `schema_version`."""

    schemaVersion: Literal[1]  # noqa: N815 - the name in the file
    schema_version: Literal[1]
    ok: bool
    tenants: list[str]
    environments: list[Environment]
    errors: int
    warnings: int
    findings: list[Finding]
    unchecked: list[UnknownTarget] = Field(description="Targets that --remote could not check.")


OUTPUTS: dict[str, Any] = {
    "setup": Tools,
    "doctor": Diagnosis,
    "init": ProjectChange,
    "upgrade": ProjectChange,
    "tenant add": ProjectChange,
    "tenant remove": TenantRemoval,
    "tenant list": list[TenantTarget],
    "adopt": list[AdoptedJson | UnknownTarget],
    "tenants": list[TenantTarget],
    "validate": ValidationSchema,
    "build": BuildResult,
    "provision": list[ProvisionOfTarget],
    "render": list[RenderedTarget] | list[OwnOfTarget],
    "plan": list[PlannedTarget | UnknownTarget],
    "deploy": Record,
    "canary explain": list[ExplainedRing | UnknownTarget],
    "canary continue": list[CanaryJson | UnknownTarget],
    "canary pause": list[CanaryJson | UnknownTarget],
    "canary abort": list[CanaryJson | UnknownTarget],
    "canary finish": list[CanaryJson | UnknownTarget],
    "deploy-all": FleetRecord,
    "rollback": Record | FleetRecord | RollbackPreview | list[RollbackPreviewOfMany],
    "health": list[HealthOfTarget | UnknownTarget],
    "history": list[HistoryEntryJson | UnknownTarget],
    "tag": Tag,
    "drift": list[DriftOfTarget | UnknownTarget],
    "locks": list[HeldTarget],
    "unlock": list[Unlocked],
    "rehearse": Rehearsal,
}
"""What each command prints; each may print `Failed` instead. `matrix` prints GitHub's form."""


def json_schema() -> dict[str, Any]:
    """Return one JSON Schema with a definition for each command, `#/$defs/<command>`."""
    definitions: dict[str, Any] = {}
    for command, shape in OUTPUTS.items():
        schema = TypeAdapter(shape | Failed).json_schema(
            mode="serialization", ref_template="#/$defs/{model}"
        )
        definitions |= schema.pop("$defs", {})
        definitions[command] = schema
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$comment": "Generated by 'make generate' from src/edgefleet/reference/json_schemas.py.",
        "title": "What edgefleet COMMAND --format json prints",
        "$defs": dict(sorted(definitions.items())),
    }
