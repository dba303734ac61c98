"""What a tenant has at Cloudflare and at GitHub, and what becomes of it when it is removed."""

from collections.abc import Collection
from enum import StrEnum

from pydantic import Field

from edgefleet.core.model import Model


class HoldingState(StrEnum):
    """What becomes of one thing."""

    PRESENT = "present"
    SHARED = "shared"
    KEPT = "kept"
    DELETED = "deleted"


class Holding(Model):
    """A script, or a resource with data, that the tenant has in its account."""

    kind: str = Field(description="What it is: `script`, or a kind of resource.")
    name: str = Field(description="Its name at Cloudflare.")
    typed: str = Field(
        default="",
        description="What you type to delete it: its name, with its kind where the tenant has "
        "several things of this name.",
    )
    id: str = Field(description="What the API calls it: an id, or its name.")
    jurisdiction: str = ""
    environments: tuple[str, ...] = Field(description="The tenant's environments that use it.")
    state: HoldingState = HoldingState.PRESENT
    shared_with: tuple[str, ...] = Field(
        default=(), description="Other tenants whose files name it: it is not deleted then."
    )

    short: str = Field(exclude=True)
    """Its kind as it is typed before a name: `script:shop-staging`."""

    def is_named(self, words: Collection[str]) -> bool:
        """Whether one of these words stands for it alone."""
        return bool({self.typed, f"{self.short}:{self.name}"} & {*words})

    @property
    def words(self) -> str:
        """What it is, for people."""
        return f"{self.kind} '{self.name}'"


class TenantRemoval(Model):
    """What is removed of a tenant, and what stays."""

    schema_version: int = 1
    tenant: str
    account_id: str
    applied: bool = False
    holdings: tuple[Holding, ...] = Field(description="Scripts first, then resources with data.")
    github_environments: tuple[str, ...] | None = Field(
        default=None, description="GitHub's environments of the tenant; null: not looked for."
    )
    files: tuple[str, ...] = Field(description="Files of the tenant, relative to the fleet.")
    edited: tuple[str, ...] = Field(
        default=(), description="Files that lose the line with the variable of its token."
    )
    left: tuple[str, ...] = Field(default=(), description="What stays, and why.")

    @property
    def present(self) -> tuple[Holding, ...]:
        """What you have to decide about."""
        return tuple(one for one in self.holdings if one.state is HoldingState.PRESENT)
