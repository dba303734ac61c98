"""What checks and repairs of many targets use of the command's dependencies."""

from pathlib import Path
from typing import Protocol

from edgefleet.build.bundle_store import BundleStore
from edgefleet.config.credentials.token_notes import TokenNotes
from edgefleet.config.target import Target
from edgefleet.config.tenant import Tenant
from edgefleet.deploy.context import CommandContext
from edgefleet.plan.accounts import Api
from edgefleet.records.lineage import Lineage


class DriftContext(CommandContext, Protocol):
    """The dependencies of a command that checks for drift."""

    @property
    def bundles(self) -> BundleStore:
        """The bundles that this machine has built, or was given."""
        ...

    @property
    def lineage(self) -> Lineage:
        """The history of the repository."""
        ...

    def tenant_in(self, folder: Path, target: Target) -> Tenant:
        """Load one tenant of a checkout; what has expired since its commit is no error there."""
        ...

    @property
    def token_notes(self) -> TokenNotes | None:
        """When tokens were verified last; None where this machine notes nothing."""
        ...

    @property
    def api(self) -> Api:
        """Opens Cloudflare's API with a token."""
        ...
