"""The section `health` of fleet.jsonc: how a Worker tells that it is well, and who it is."""

from collections.abc import Mapping
from typing import Annotated, Literal, Self

from pydantic import Field, Tag, model_validator

from edgefleet.config.health.places import (
    LIST,
    OBJECT,
    Expectations,
    Pattern,
    Place,
    Pointer,
    either,
)
from edgefleet.config.health.proof import ProofLevel
from edgefleet.config.health.requests import Headers, Path, Status
from edgefleet.core.model import CamelModel

GOOD = range(200, 400)
"""The statuses that are right unless a contract names others, as for Kubernetes' HTTP probes:
https://kubernetes.io/docs/concepts/workloads/pods/probes/#http-probes"""

Seconds = Annotated[float, Field(strict=True, ge=1, le=3600)]
Statuses = Annotated[
    Annotated[Status, Tag(OBJECT)] | Annotated[tuple[Status, ...], Field(min_length=1), Tag(LIST)],
    either("a status, or a list of them"),
]
ShownName = Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_-]{0,30}$")]


class HealthContract(CamelModel):
    """How edgefleet asks the Worker whether it is well, and what its answer must be."""

    editor_schema: str | None = Field(
        default=None, alias="$schema", description="Where editors find this schema."
    )
    path: Path = Field(default="/", description="The path that is asked, with its query.")
    method: Literal["GET", "HEAD", "POST"] = Field(default="GET", description="The method.")
    headers: Headers = Field(
        default={},
        description='Headers of the request. A secret stands by its name: {"secret": "NAME"}.',
    )
    status: Statuses | None = Field(
        default=None,
        description="The status that is right, or a list of them. Without it 200 to 399 are right.",
    )
    deadline: Seconds = Field(
        default=60.0,
        description="Seconds within which a new version must be healthy, unless --health-timeout "
        "names others.",
    )
    steady_seconds: Annotated[float, Field(strict=True, ge=0, le=600)] = Field(
        default=5.0,
        description="For a Worker that does not tell its version: seconds for which each answer "
        "must be right, since an older version may still answer the first ones.",
    )
    expect: Expectations = Field(
        default={},
        description="What must stand where in the JSON body: JSON pointers and values or matchers.",
    )
    body_pattern: Pattern | None = Field(
        default=None, description="A regular expression that the body must contain, as text."
    )
    version: Place | None = Field(
        default=None,
        description="Where the answer tells the id of the version (the version_metadata binding): "
        'a JSON pointer into the body, or {"header": NAME}.',
    )
    tenant: Place | None = Field(default=None, description="Where the answer tells the tenant.")
    environment: Place | None = Field(
        default=None, description="Where the answer tells the environment."
    )
    ready: Pointer | None = Field(
        default=None,
        description="Where the body may say false: the Worker lacks something that it needs.",
    )
    missing: Pointer | None = Field(
        default=None, description="Where the body lists the bindings that the Worker lacks."
    )
    error: Pointer | None = Field(
        default=None, description="Where a wrong answer has a code that messages name."
    )
    show: dict[ShownName, Place] = Field(
        default={}, description="Further values of the answer that reports and records show."
    )
    minimum_proof: ProofLevel | None = Field(
        default=None,
        description="The least that this health check must be able to show: edgefleet refuses a "
        "weaker one.",
    )

    @property
    def proof(self) -> ProofLevel:
        """What a right answer shows."""
        if self.version is None:
            return ProofLevel.ANSWERS
        if self.tenant is None or self.environment is None:
            return ProofLevel.VERSION
        return ProofLevel.TENANT

    @property
    def statuses(self) -> tuple[int, ...] | range:
        """The statuses that are right."""
        if self.status is None:
            return GOOD
        return self.status if isinstance(self.status, tuple) else (self.status,)

    @property
    def reads_body(self) -> bool:
        """Whether the whole body counts."""
        return self.reads_json or self.body_pattern is not None

    @property
    def reads_json(self) -> bool:
        """Whether the answer must have a JSON body."""
        places = (self.version, self.tenant, self.environment, self.ready, self.missing)
        shown = (*places, *self.show.values())
        return bool(self.expect) or any(isinstance(place, str) for place in shown)

    @model_validator(mode="after")
    def _strong_enough(self) -> Self:
        least = self.minimum_proof
        if least and self.proof.rank < least.rank:
            lacks = ", ".join(_lacking(self, least))
            raise ValueError(
                f"can show '{self.proof}' at most, and its minimumProof is '{least}': it says "
                f"nothing of {lacks}"
            )
        return self

    @model_validator(mode="after")
    def _answers_with_a_body(self) -> Self:
        if self.method == "HEAD" and self.reads_body:
            raise ValueError("asks with HEAD, whose answer has no body to point into")
        return self


def _lacking(contract: HealthContract, least: ProofLevel) -> list[str]:
    asked: Mapping[str, object] = {"version": contract.version}
    if least is ProofLevel.TENANT:
        asked = {**asked, "tenant": contract.tenant, "environment": contract.environment}
    return [name for name, place in asked.items() if place is None]


def proof_of(contract: HealthContract | None) -> ProofLevel:
    """Return what a health check can show; None is a Worker without HTTP."""
    return contract.proof if contract else ProofLevel.DEPLOYED
