"""What deploys of many targets use of the command's dependencies, whatever leads to them."""

from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

from edgefleet.build.build import Builder
from edgefleet.config.credentials.lookup import Credentials
from edgefleet.core.clock import Clock
from edgefleet.core.output.progress import Progress
from edgefleet.deploy.request import Dependencies
from edgefleet.records.store import Records
from edgefleet.state.seen.store import SeenVersions


class CommandContext(Protocol):
    """The dependencies of a command; `cli.wiring.Wiring` provides them."""

    @property
    def root(self) -> Path:
        """The repository's folder."""
        ...

    @property
    def environ(self) -> Mapping[str, str]:
        """The environment variables of the command."""
        ...

    @property
    def clock(self) -> Clock:
        """The time of this machine."""
        ...

    @property
    def progress(self) -> Progress:
        """Where the command prints what it does."""
        ...

    @property
    def credentials(self) -> Credentials:
        """The tokens of the targets."""
        ...

    @property
    def records(self) -> Records:
        """The deployment records."""
        ...

    @property
    def builder(self) -> Builder:
        """Builds the Worker of a checkout."""
        ...

    @property
    def seen(self) -> SeenVersions | None:
        """The versions that this machine looked at before; None where it keeps none."""
        ...

    def ports(self) -> Dependencies:
        """Return what a deploy needs."""
        ...
