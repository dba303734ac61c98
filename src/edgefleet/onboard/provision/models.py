"""What a target's files bind, what its account has of it, and what becomes of each."""

from enum import StrEnum
from typing import NamedTuple

from pydantic import Field

from edgefleet.cloudflare.named_resources import ResourceKind
from edgefleet.core.foreign.text import foreign_text
from edgefleet.core.model import Model

Section = tuple[str, ...]
"""The keys of a section of the wrangler file, such as `queues`, `producers`."""


class StepState(StrEnum):
    """What becomes of one resource."""

    PRESENT = "present"
    CREATE = "create"
    RESUME = "resume"
    TAKE = "take"
    UNTOLD = "untold"
    CONFLICT = "conflict"
    DONE = "done"


class BoundAt(NamedTuple):
    """A binding, and the key by which it names its resource; empty where nothing is written."""

    section: Section
    binding: str
    key: str = ""
    name_key: str = ""
    """The key that holds the resource's name besides, such as `database_name`."""


class Wanted(NamedTuple):
    """One resource that a target binds."""

    kind: ResourceKind
    name: str
    """That of the files; else the script's name and the binding's."""
    id: str | None = None
    """What the files have; of what is bound by its name, the name. None where they have none."""
    bound: tuple[BoundAt, ...] = ()
    jurisdiction: str = ""
    location: str = ""
    dimensions: int = 0
    metric: str = ""
    secret: str = ""
    """The name of the secret that holds the connection string of a database."""
    lacks: str = ""
    """What would have to be told before it can be made, and where; empty where nothing lacks."""

    @property
    def words(self) -> str:
        """What it is, for people."""
        return f"{self.kind} '{foreign_text(self.name)}'"


class Step(NamedTuple):
    """What becomes of one resource; `id` is what the files are to have, once it is known."""

    wanted: Wanted
    state: StepState
    id: str | None = None
    why: str = ""


class ProvisionState(StrEnum):
    """How a target stands at the end of a command."""

    COMPLETE = "complete"
    PLANNED = "planned"
    LEFT = "left"
    FAILED = "failed"
    INTERRUPTED = "interrupted"
    WAITING = "waiting"
    SKIPPED = "skipped"


class ProvisionedResource(Model):
    """One resource of a target, as the command prints it."""

    kind: str = Field(description="What it is, such as `KV namespace`.")
    name: str = Field(description="Its name at Cloudflare.")
    bindings: tuple[str, ...] = Field(description="The bindings that lead to it.")
    state: StepState = Field(
        description="`present`: the account has what the files name. `create`: it is to be made. "
        "`resume`: an earlier run made it, and its id is to be written. `take`: the account has "
        "one of this name, and you are asked. `untold`: fleet.jsonc does not tell what it needs. "
        "`conflict`: the account has another one of this name. `done`: this run made or took it."
    )
    id: str | None = Field(description="What the files have, or get.")
    why: str = Field(description="What to do where it cannot be made; else empty.")


class TargetProvision(Model):
    """What a target binds and how it stands, as the command prints it."""

    account_id: str | None = Field(description="The account; null where it was not reached.")
    state: ProvisionState = Field(
        description="`complete`: nothing is left to be made. `planned`: --apply makes the rest. "
        "`left`: you have something to do first. `failed`, `interrupted`, `waiting` (not begun), "
        "`skipped` (complete since an earlier run, by --resume)."
    )
    resources: tuple[ProvisionedResource, ...] = ()
    left: tuple[str, ...] = Field(
        default=(), description="What edgefleet does not make, each with what to do."
    )
    unbound: tuple[str, ...] = Field(
        default=(),
        description="What the account has and no environment of a tenant binds. edgefleet deletes "
        "nothing.",
    )
