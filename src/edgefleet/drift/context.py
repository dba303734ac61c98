"""What checks and repairs of many targets use of the command's dependencies."""

from typing import Protocol

from edgefleet.deploy.context import CommandContext
from edgefleet.plan.accounts import Api
from edgefleet.records.lineage import Lineage


class DriftContext(CommandContext, Protocol):
    """The dependencies of a command that checks for drift."""

    @property
    def lineage(self) -> Lineage:
        """The history of the repository."""
        ...

    @property
    def api(self) -> Api:
        """Opens Cloudflare's API with a token."""
        ...
