"""A script with a past, as Cloudflare tells of it, and a future that is only remembered."""

from collections.abc import Collection, Iterable, Iterator, Sequence

from edgefleet.cloudflare.models import (
    Deployment,
    DeploymentEvent,
    DeploymentPage,
    LiveState,
    ScriptSettings,
    TrafficShare,
    Version,
    VersionDetails,
)
from edgefleet.config.account_api import ScriptApi
from edgefleet.core.model import Json
from edgefleet.records.signature import OWN_MESSAGE
from support.records import deployed
from support.stub_account import StubAccount, StubScript

DIGEST = "0123456789abcdef"


def made(number: int, commit: str = "no-commit") -> Version:
    """Return the version `v<number>`, which edgefleet made from a commit."""
    return Version(id=f"v{number}", number=number, tag=f"{DIGEST}-{commit[:12]}")


def by_hand(number: int) -> Version:
    """Return the version `v<number>`, which another tool made."""
    return Version(id=f"v{number}", number=number)


def put_back(number: int, at: int) -> DeploymentEvent:
    """Return the deployment of a rollback to `v<number>`, `at` minutes after noon."""
    return deployed(60 * at, f"v{number}", message=f"{OWN_MESSAGE}1.0.0, rollback")


class PastScript(StubScript):
    """A script with versions that bind nothing; new deployments go on top of its past."""

    def __init__(self, account: "PastAccount") -> None:
        self._account = account

    def recent(self) -> tuple[Deployment, ...]:
        return tuple(
            Deployment(id=one.id, created_on="", versions=one.versions)
            for one in self._account.past
        )

    def history(self) -> Iterator[DeploymentEvent]:
        yield from self._account.past

    def create(
        self,
        shares: Sequence[TrafficShare],
        message: str,
        *,
        force: bool = False,
        code_update: Json = None,
    ) -> None:
        at = len(self._account.past)
        given = deployed(60 * at, shares[0].version_id, message=message)
        self._account.past.insert(0, given.model_copy(update={"versions": tuple(shares)}))

    def deployable(self) -> list[Version]:
        return newest_first(self._account.made, self._account.undeployable)

    def details(self, version_id: str) -> VersionDetails | None:
        found = [one for one in self._account.made if one.id == version_id]
        return VersionDetails(id=version_id, bindings=()) if found else None

    def write(self, settings: ScriptSettings, parts: Collection[str]) -> None:
        """Take no notice."""


def newest_first(versions: Iterable[Version], undeployable: Collection[str] = ()) -> list[Version]:
    """Return versions as Cloudflare lists those that may get traffic."""
    found = [one for one in versions if one.id not in undeployable]
    return sorted(found, key=lambda version: -version.number)


class PastAccount(StubAccount):
    """An account with one script: its versions, and its deployments, newest first."""

    def __init__(self, versions: list[Version], past: list[DeploymentEvent]) -> None:
        super().__init__()
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

    def script(self, name: str) -> ScriptApi:
        """Return the script."""
        return PastScript(self)

    def observe(
        self,
        script: str,
        beside: Collection[str] = (),
        objects: Collection[str] = (),
        *,
        deployable: bool = False,
        deployments: DeploymentPage | None = None,
    ) -> LiveState:
        """Return the newest."""
        there = (script,) if self.past else ()
        return LiveState(
            deployment=self.script(script).deployments.current(),
            settings=self.found,
            migration_tag=self.migration,
            scripts=there,
            history=tuple(self.past),
            versions=tuple(newest_first(self.made, self.undeployable if deployable else ())),
        )
