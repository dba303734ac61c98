"""The options of deploys and rollbacks in workflows, and how edgefleet gets them."""

from dataclasses import dataclass


@dataclass(frozen=True)
class DeployOptions:
    """The options of a deploy in a workflow, of one target or of a shard."""

    bundle: str = ".edgefleet/bundle"
    digest: str = ""
    """The SHA-256 that the bundle must have; empty: any."""
    engine: str = "api"
    force: bool = False
    allow_irreversible: bool = False
    allow_older: bool = False
    allow_foreign: bool = False
    reason: str = ""

    @property
    def of_bundle(self) -> tuple[str, ...]:
        """The options of edgefleet that name the bundle, and the only digest that it may have."""
        expected = ("--expect-digest", self.digest) if self.digest else ()
        return ("--bundle", self.bundle, *expected)

    @property
    def of_deploy(self) -> tuple[str, ...]:
        """The options of edgefleet for a deploy, besides its targets."""
        flags = {
            "--force": self.force,
            "--allow-irreversible": self.allow_irreversible,
            "--allow-older": self.allow_older,
            "--allow-foreign": self.allow_foreign,
            f"--reason={self.reason}": bool(self.reason),
        }
        given = (option for option, wanted in flags.items() if wanted)
        return (*self.of_bundle, "--engine", self.engine, *given)


@dataclass(frozen=True)
class RollbackJobOptions:
    """The options of a rollback in a workflow."""

    to: str = "previous"
    reason: str = ""
    allow_changed_secrets: bool = False


@dataclass(frozen=True)
class DriftJobOptions:
    """The options of a look at drift in a workflow."""

    built: tuple[str, ...] = ()
    """The bundle of each commit, as COMMIT=SHA256, or COMMIT=failed."""
