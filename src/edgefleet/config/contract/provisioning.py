"""The section `provision` of fleet.jsonc: what new resources need besides a name.

The field descriptions here are what editors show.
"""

from typing import Annotated, Literal, Self

from pydantic import ConfigDict, Field, model_validator

from edgefleet.config.contract.models import VAR_NAME, Pointer
from edgefleet.config.shared_keys import SecretName
from edgefleet.core.model import CamelModel

BindingName = Annotated[str, Field(pattern=VAR_NAME)]


class VectorShape(CamelModel):
    """The vectors of an index; Cloudflare changes neither of both later."""

    dimensions: Annotated[int, Field(ge=1, le=1536)] = Field(
        description="The numbers in each vector, as the embeddings model makes them."
    )
    metric: Literal["cosine", "euclidean", "dot-product"] = Field(
        default="cosine", description="How the distance of two vectors is measured."
    )


class DatabaseConnection(CamelModel):
    """The database behind a Hyperdrive configuration."""

    connection_string: SecretName = Field(
        description="The name of the secret that holds postgres://user:password@host:port/database "
        "(or mysql://...), never its value. edgefleet reads it from NAME_<TENANT>_<ENV> or "
        "NAME_<TENANT>."
    )


class StoragePlace(CamelModel):
    """Where Cloudflare keeps the data: a place that binds it, or one that is near."""

    jurisdiction: Literal["eu", "fedramp", "us"] | None = Field(
        default=None,
        description="The jurisdiction that the data never leaves: of KV and D1. An R2 "
        "binding says it itself.",
    )
    location: Literal["apac", "eeur", "enam", "oc", "weur", "wnam"] | None = Field(
        default=None, description="The region that Cloudflare prefers: of D1 and R2."
    )

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if (self.jurisdiction is None) == (self.location is None):
            raise ValueError("needs one of jurisdiction and location")
        return self


class ProvisionSection(CamelModel):
    """What new resources need besides a name: `edgefleet provision` makes them."""

    model_config = ConfigDict(hide_input_in_errors=True)

    editor_schema: str | None = Field(
        default=None, alias="$schema", description="Where editors find this schema."
    )
    vectorize: dict[BindingName, VectorShape] = Field(
        default={}, description="The shape of each Vectorize index, by the binding's name."
    )
    hyperdrive: dict[BindingName, DatabaseConnection] = Field(
        default={}, description="The database behind each Hyperdrive binding, by its name."
    )
    ai_gateways: tuple[Pointer, ...] = Field(
        default=(),
        description="JSON pointers to settings or vars that name AI Gateways: /settings/..., or "
        "/vars/...; of a list, each entry counts.",
    )
    places: dict[BindingName, StoragePlace] = Field(
        default={},
        description="Where the data of KV namespaces, D1 databases and R2 buckets is kept, by the "
        "binding's name, where the wrangler file does not say it.",
    )
