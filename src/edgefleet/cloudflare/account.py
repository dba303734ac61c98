"""One Cloudflare account, in the words of a deploy."""

from collections.abc import Collection, Iterator

from edgefleet.cloudflare import schemas as wire
from edgefleet.cloudflare.client import MOST_PAGES, PAGE_SIZE, Cloudflare, segment
from edgefleet.cloudflare.envelope import ApiError
from edgefleet.cloudflare.error_codes import INVALID_TOKEN, NO_SUCH_SCRIPT
from edgefleet.cloudflare.models import (
    Deployment,
    DeploymentEvent,
    HeldDomain,
    LiveState,
    ScriptSettings,
    TrafficShare,
)
from edgefleet.cloudflare.resources import Resources
from edgefleet.cloudflare.script import Script
from edgefleet.cloudflare.triggers.hosts import host
from edgefleet.cloudflare.triggers.zones import Zones
from edgefleet.cloudflare.versions import Versions, described
from edgefleet.core.model import Json
from edgefleet.errors import CredentialError

HINT = "docs/deployment/multi-account-auth.md says which token a tenant needs"


class Account:
    """The account `account_id`, as one token sees it."""

    def __init__(self, api: Cloudflare, account_id: str) -> None:
        self._api = api
        self.id = account_id
        self._path = f"/accounts/{segment(account_id)}"

    def verify(self) -> None:
        """Make sure that the token is active and that it opens this very account.

        Raises `CredentialError`. A user's token is verified at /user/tokens/verify, an account's
        own at /accounts/{id}/tokens/verify; which one it is cannot be seen from outside.
        """
        try:
            token = self._token()
            reached = self._api.get(self._path, wire.CloudflareId)
        except ApiError as error:
            if error.passing:
                raise
            raise self._refused(error.message) from error
        if token.status != "active":
            raise self._refused(f"its status is {token.status}")
        if reached.id != self.id:
            raise self._refused(f"it opens {reached.id}")

    def _token(self) -> wire.Token:
        users = self._api.find("/user/tokens/verify", wire.Token, INVALID_TOKEN)
        return users or self._api.get(f"{self._path}/tokens/verify", wire.Token)

    def _refused(self, why: str) -> CredentialError:
        return CredentialError(f"the token does not open account {self.id}: {why}", hint=HINT)

    def subdomain(self) -> str:
        """Return the account's name below workers.dev."""
        return self._api.get(f"{self._path}/workers/subdomain", wire.Subdomain).subdomain

    def deployment(self, script: str) -> Deployment | None:
        """Return the deployment in force; None where the script does not exist."""
        return next(iter(self.recent(script)), None)

    def recent(self, script: str) -> tuple[Deployment, ...]:
        """Return the latest deployments, newest first: the first one is in force.

        There are none without a script.
        """
        return tuple(map(_deployment, self._deployments(script)))

    def traffic(self, script: str) -> tuple[TrafficShare, ...]:
        """Return which versions get which share of the traffic; none without a script."""
        now = self.deployment(script)
        return now.versions if now else ()

    def deployments(self, script: str) -> Iterator[DeploymentEvent]:
        """Yield all deployments, newest first, as they are asked for; none without a script."""
        path = f"{self._script(script)}/deployments"
        seen: set[str] = set()
        # How long a page may be is Cloudflare's to say: the end is a page that brings nothing new.
        for page in range(1, MOST_PAGES + 1):
            where = f"{path}?page={page}&per_page={PAGE_SIZE}"
            found = self._api.find(where, wire.DeploymentList, *NO_SUCH_SCRIPT)
            new = [item for item in found.deployments if item.id not in seen] if found else []
            if not new:
                return
            seen.update(item.id for item in new)
            yield from map(_deployed, new)
        raise ApiError(f"GET {path}: the list does not end after {MOST_PAGES} pages")

    def observe(self, script: str) -> LiveState:
        """Return what a deploy goes from, and what a restore would have to put back."""
        deployments = self._deployments(script)
        if not deployments:
            return LiveState(deployment=None)
        settings = self.settings(script)
        scripts = self._api.get(f"{self._path}/workers/scripts", list[wire.ScriptItem])
        versions = self._versions(script)
        newest = max(versions, key=lambda version: version.number, default=None)
        return LiveState(
            deployment=_deployment(deployments[0]),
            settings=settings,
            migration_tag=next((one.migration_tag for one in scripts if one.id == script), None),
            newest=newest.number if newest else 0,
            newest_version=newest.id if newest else None,
            scripts=tuple(one.id for one in scripts),
            history=tuple(map(_deployed, deployments)),
            versions=tuple(map(described, versions)),
        )

    def settings(self, script: str) -> ScriptSettings:
        """Return what belongs to a script and to none of its versions."""
        path = self._script(script)
        schedules = self._api.get(f"{path}/schedules", wire.Schedules).schedules
        switches = self._api.get(f"{path}/subdomain", wire.SubdomainState)
        return ScriptSettings(
            crons=tuple(schedule.cron for schedule in schedules),
            workers_dev=switches.enabled,
            previews=switches.previews_enabled,
            script=self._api.get(f"{path}/script-settings", dict[str, Json]),
            routes=self._routes(script),
            domains=self._domains(script),
        )

    def version_with_tag(self, script: str, tag: str, newer_than: int) -> str | None:
        """Return the newest version with this tag and a greater number, if there is one."""
        for version in self._versions(script):
            if version.number > newer_than and version.annotations.get("workers/tag") == tag:
                return version.id
        return None

    def open(self, script: str) -> Script:
        """Return the script for writing."""
        return Script(self._api, self.id, script)

    def versions(self, script: str) -> Versions:
        """Return the script's versions for reading."""
        return Versions(self._api, self._script(script))

    def _routes(self, script: str) -> tuple[dict[str, Json], ...]:
        # The list that wrangler reads: all routes of a script, whichever zones they are in.
        path = f"{self._path}/workers/services/{segment(script)}/environments/production/routes"
        found = self._api.get(f"{path}?show_zonename=true", list[wire.RouteSchema])
        return tuple({"pattern": one.pattern, "zone_name": one.zone_name} for one in found)

    def held(self, hostnames: Collection[str], script: str) -> tuple[HeldDomain, ...]:
        """Return those of these custom domains that scripts other than this one have."""
        found = self._api.get(f"{self._path}/workers/domains", list[wire.Domain])
        return tuple(
            HeldDomain(hostname=host(one.hostname), zone_id=one.zone_id, script=one.service)
            for one in found
            if host(one.hostname) in hostnames and one.service != script
        )

    def attach(self, held: HeldDomain) -> None:
        """Give a custom domain to the script that had it."""
        body = {
            "hostname": held.hostname,
            "zone_id": held.zone_id,
            "service": held.script,
            "environment": "production",
            "override_existing_origin": True,
        }
        self._api.write("PUT", f"{self._path}/workers/domains", body)

    @property
    def resources(self) -> Resources:
        """What the account has besides scripts."""
        return Resources(self._api, self.id)

    @property
    def zones(self) -> Zones:
        """The account's zones, as far as the token opens them."""
        return Zones(self._api, self.id)

    def _domains(self, script: str) -> tuple[dict[str, Json], ...]:
        found = self._api.get(f"{self._path}/workers/domains", list[wire.Domain])
        return tuple(
            {"hostname": one.hostname, "zone_id": one.zone_id}
            for one in found
            if one.service == script
        )

    def _deployments(self, script: str) -> list[wire.DeploymentItem]:
        path = f"{self._script(script)}/deployments"
        found = self._api.find(path, wire.DeploymentList, *NO_SUCH_SCRIPT)
        return found.deployments if found else []

    def _versions(self, script: str) -> list[wire.VersionItem]:
        path = f"{self._script(script)}/versions"
        found = self._api.find(path, wire.VersionList, *NO_SUCH_SCRIPT)
        return found.items if found else []

    def kv_namespace_ids(self) -> set[str]:
        """Return the ids of all KV namespaces."""
        path = f"{self._path}/storage/kv/namespaces"
        return {item.id for item in self._api.pages(path, wire.CloudflareId)}

    def d1_database_ids(self) -> set[str]:
        """Return the ids of all D1 databases."""
        return {item.uuid for item in self._api.pages(f"{self._path}/d1/database", wire.Database)}

    def vectorize_index_names(self) -> set[str]:
        """Return the names of all Vectorize indexes (this list has no pages)."""
        found = self._api.get(f"{self._path}/vectorize/v2/indexes", list[wire.CloudflareName])
        return {item.name for item in found}

    def secret_names(self, script: str) -> set[str] | None:
        """Return the names of a script's secrets; None where the script does not exist."""
        path = f"{self._script(script)}/secrets"
        found = self._api.find(path, list[wire.CloudflareName], *NO_SUCH_SCRIPT)
        return None if found is None else {item.name for item in found}

    def script_names(self) -> set[str]:
        """Return the names of all scripts (this list has no pages)."""
        return {
            item.id
            for item in self._api.get(f"{self._path}/workers/scripts", list[wire.CloudflareId])
        }

    def _script(self, name: str) -> str:
        return f"{self._path}/workers/scripts/{segment(name)}"


def _deployment(told: wire.DeploymentItem) -> Deployment:
    shares = tuple(TrafficShare(**share.model_dump()) for share in told.versions)
    return Deployment(id=told.id, created_on=told.created_on.isoformat(), versions=shares)


def _deployed(told: wire.DeploymentItem) -> DeploymentEvent:
    notes = told.annotations or {}
    return DeploymentEvent(
        id=told.id,
        created_on=told.created_on,
        versions=tuple(TrafficShare(**share.model_dump()) for share in told.versions),
        source=told.source,
        author=told.author_email,
        message=notes.get("workers/message") or None,
        triggered_by=notes.get("workers/triggered_by"),
    )


class VerifiedAccount(Account):
    """An account whose token was verified a moment ago, and is not verified again.

    A run over a fleet looks at all tokens first: it would spend a good part of its requests on
    asking twice.
    """

    def verify(self) -> None:
        """Trust what was found."""
