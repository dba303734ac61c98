"""What an upload declares of its Durable Object classes, and what becomes of it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum

from localedge.model import Json
from localedge.state.scripts.records import DurableClass

Classes = dict[str, DurableClass]


class ExportState(StrEnum):
    """The state of a class in `exports`; the middle three are tombstones."""

    CREATED = "created"
    DELETED = "deleted"
    RENAMED = "renamed"
    TRANSFERRED = "transferred"
    EXPECTING = "expecting-transfer"


LIVE = (ExportState.CREATED, ExportState.EXPECTING)


@dataclass(frozen=True, slots=True)
class DeclaredClass:
    """One entry; `other` is the class or the script that the state names."""

    name: str
    state: ExportState
    sqlite: bool = True
    other: str = ""


@dataclass(frozen=True, slots=True)
class Transfer:
    """A class that a script expects from another one, or (`committed`) has got from it."""

    name: str
    source: str
    committed: bool


@dataclass(frozen=True, slots=True)
class AccountView:
    """What reconciliation sees of the script and of the others of its account.

    `code` holds the exported names, None where they are unknown. `classes_of` returns the classes
    of another script, None where there is no such script; `expected_by` the scripts that expect a
    class from this one; `referencing` the other scripts that bind to a class of this script.
    """

    script: str
    classes: Classes
    code: frozenset[str] | None
    transfers: tuple[Transfer, ...]
    classes_of: Callable[[str], Classes | None]
    expected_by: Callable[[str], list[str]]
    referencing: Callable[[str], list[str]]

    def exports(self, name: str) -> bool:
        """Say whether the code exports a class."""
        return self.code is not None and name in self.code

    def lacks(self, name: str) -> bool:
        """Say whether the code is known to lack a class."""
        return self.code is not None and name not in self.code

    def transfer(self, name: str) -> Transfer | None:
        """Return the script's own transfer of this class."""
        return next((it for it in self.transfers if it.name == name), None)


@dataclass(slots=True)
class Reconciliation:
    """The result: the classes that the script has then, and what the API tells of it.

    `given` are classes that another script gets, as (class, script); `transfers` those that the
    script expects or has got; `dropped` namespaces whose data goes away; `problems` refuse it all.
    """

    classes: Classes
    transfers: list[Transfer]
    dropped: list[str] = field(default_factory=list)
    given: list[tuple[str, str]] = field(default_factory=list)
    problems: list[dict[str, Json]] = field(default_factory=list)
    created: list[str] = field(default_factory=list)
    deleted: list[str] = field(default_factory=list)
    renamed: list[dict[str, str]] = field(default_factory=list)
    transferred: list[dict[str, str]] = field(default_factory=list)
    transfer_pending: list[dict[str, str]] = field(default_factory=list)
    info: list[dict[str, Json]] = field(default_factory=list)
    removable: list[str] = field(default_factory=list)

    def document(self) -> dict[str, Json]:
        """Return `exports_reconciliation` as the API has it."""
        return {
            "created": self.created,
            "updated": [],
            "deleted": self.deleted,
            "renamed": self.renamed,
            "transferred": self.transferred,
            "transfer_pending": self.transfer_pending,
            "warnings": [],
            "info": self.info,
            "removable_entries": self.removable,
        }
