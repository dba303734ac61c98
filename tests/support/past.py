"""A script with a past, as Cloudflare tells of it, and a future that is only remembered."""

from collections.abc import Collection, Iterator

from edgefleet.cloudflare.account import Account
from edgefleet.cloudflare.client import Cloudflare
from edgefleet.cloudflare.models import (
    Deployment,
    DeploymentEvent,
    LiveState,
    ScriptSettings,
    TrafficShare,
    Version,
    VersionDetails,
)
from edgefleet.cloudflare.script import Script
from edgefleet.cloudflare.versions import Versions
from edgefleet.core.secret import Secret
from edgefleet.records.signature import OWN_MESSAGE
from support.records import deployed

API = Cloudflare("https://nowhere.invalid", Secret("x"), sleep=lambda _: None)
DIGEST = "0123456789abcdef"


def made(number: int, commit: str = "no-commit") -> Version:
    """Return the version `v<number>`, which edgefleet made from a commit."""
    return Version(id=f"v{number}", number=number, tag=f"{DIGEST}-{commit[:12]}")


def by_hand(number: int) -> Version:
    """Return the version `v<number>`, which somebody made past edgefleet."""
    return Version(id=f"v{number}", number=number)


def put_back(number: int, at: int) -> DeploymentEvent:
    """Return the deployment of a rollback to `v<number>`, `at` minutes after noon."""
    return deployed(60 * at, f"v{number}", message=f"{OWN_MESSAGE}1.0.0, rollback")


class PastVersions(Versions):
    """Versions without bindings."""

    def __init__(self, versions: list[Version], undeployable: Collection[str] = ()) -> None:
        super().__init__(API, "")
        self._versions = versions
        self._undeployable = undeployable

    def deployable(self) -> list[Version]:
        """Return those that may get traffic, newest first."""
        found = [one for one in self._versions if one.id not in self._undeployable]
        return sorted(found, key=lambda version: -version.number)

    def details(self, version_id: str) -> VersionDetails | None:
        """Return one."""
        found = [one for one in self._versions if one.id == version_id]
        return VersionDetails(id=version_id, bindings=()) if found else None


class PastScript(Script):
    """A script for writing; new deployments go on top of its past."""

    def __init__(self, account: "PastAccount") -> None:
        super().__init__(API, "a", "s")
        self._account = account

    def deploy(  # type: ignore[override]
        self,
        shares: tuple[TrafficShare, ...],
        message: str,
        *,
        force: bool = False,
    ) -> None:
        """Give these shares."""
        at = len(self._account.past)
        given = deployed(60 * at, shares[0].version_id, message=message)
        self._account.past.insert(0, given.model_copy(update={"versions": tuple(shares)}))

    def set(self, settings: ScriptSettings, parts: Collection[str]) -> None:
        """Take no notice."""


class PastAccount(Account):
    """An account with one script: its versions, and its deployments, newest first."""

    def __init__(self, versions: list[Version], past: list[DeploymentEvent]) -> None:
        super().__init__(API, "a")
        self.made = versions
        self.past = past
        self.found = ScriptSettings(workers_dev=True)
        """The settings that are in force."""
        self.migration: str | None = None
        self.undeployable: Collection[str] = ()
        """Versions that are there, and too old to get traffic."""

    @property
    def shares(self) -> dict[str, float]:
        """Return which version gets how much of the traffic."""
        return {share.version_id: share.percentage for share in self.past[0].versions}

    def verify(self) -> None:
        """Find nothing wrong."""

    def subdomain(self) -> str:
        """Return any name."""
        return "sub"

    def recent(self, script: str) -> tuple[Deployment, ...]:
        """Return all of them."""
        return tuple(
            Deployment(id=one.id, created_on="", versions=one.versions) for one in self.past
        )

    def deployments(self, script: str) -> Iterator[DeploymentEvent]:
        """Yield all of them."""
        yield from self.past

    def observe(self, script: str) -> LiveState:
        """Return the newest."""
        there = (script,) if self.past else ()
        return LiveState(
            deployment=self.deployment(script),
            settings=self.found,
            migration_tag=self.migration,
            scripts=there,
            history=tuple(self.past),
            versions=tuple(PastVersions(self.made).deployable()),
        )

    def script_names(self) -> set[str]:
        """Return none."""
        return set()

    def versions(self, script: str) -> Versions:
        """Return all of them."""
        return PastVersions(self.made, self.undeployable)

    def open(self, script: str) -> Script:
        """Return the script."""
        return PastScript(self)
