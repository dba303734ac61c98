"""One Cloudflare account: its token, its scripts, its custom domains and its resources."""

from collections.abc import Collection, Sequence
from contextlib import suppress
from datetime import datetime

from edgefleet.cloudflare import schemas as wire
from edgefleet.cloudflare.client import Cloudflare, segment
from edgefleet.cloudflare.d1.client import D1Client
from edgefleet.cloudflare.envelope import ApiError
from edgefleet.cloudflare.error_codes import INVALID_TOKEN
from edgefleet.cloudflare.models import (
    DeploymentPage,
    HeldDomain,
    LiveState,
    ServedByVersion,
)
from edgefleet.cloudflare.plan_limits import WorkersPlan
from edgefleet.cloudflare.resources import Resources
from edgefleet.cloudflare.script.client import WorkerScript
from edgefleet.cloudflare.script.versions import OnSent
from edgefleet.cloudflare.served import analytics, telemetry
from edgefleet.cloudflare.settings import BESIDE
from edgefleet.cloudflare.triggers.hosts import host
from edgefleet.cloudflare.triggers.queue_consumers import QueueConsumers
from edgefleet.cloudflare.triggers.workflows import Workflows
from edgefleet.cloudflare.triggers.zones import Zones
from edgefleet.errors import CredentialError

PAID_PLAN = "workers_paid"
"""In the id of a subscription's rate plan."""
HINT = "docs/deployment/multi-account-auth.md says which token a tenant needs"


class Account:
    """The account `account_id`, as one token sees it."""

    def __init__(
        self,
        api: Cloudflare,
        account_id: str,
        known_subdomain: str | None = None,
        on_sent: OnSent | None = None,
    ) -> None:
        self._api = api
        self.id = account_id
        self.known_subdomain = known_subdomain
        """Its name below workers.dev, once that was read."""
        self._on_sent = on_sent
        self._path = f"/accounts/{segment(account_id)}"

    def verify(self) -> datetime | None:
        """Make sure that the token is active and that it opens this very account.

        Returns when the token expires; None if it does not. Raises `CredentialError`. A user's
        token is verified at /user/tokens/verify, an account's own at
        /accounts/{id}/tokens/verify; the token itself does not show which kind it is.
        """
        try:
            token = self._token()
            if token.status != "active":
                raise self._refused(f"its status is {token.status}")
            self._enter()
        except ApiError as error:
            if error.is_transient:
                raise
            raise self._refused(error.message) from error
        return token.expires_on

    def _enter(self) -> None:
        """Read something of the account: most commands need its subdomain, too."""
        try:
            self.subdomain()
        except ApiError as error:
            if error.is_transient:
                raise
            # It may have none, or the token may not read it.
            reached = self._api.get(self._path, wire.CloudflareId)
            if reached.id != self.id:
                raise self._refused(f"it opens {reached.id}") from error

    def _token(self) -> wire.Token:
        users = self._api.find("/user/tokens/verify", wire.Token, INVALID_TOKEN)
        return users or self._api.get(f"{self._path}/tokens/verify", wire.Token)

    def _refused(self, why: str) -> CredentialError:
        return CredentialError(f"the token does not open account {self.id}: {why}", hint=HINT)

    def subdomain(self) -> str:
        """Return the account's name below workers.dev, which is read once."""
        if self.known_subdomain is None:
            found = self._api.get(f"{self._path}/workers/subdomain", wire.Subdomain)
            self.known_subdomain = found.subdomain
        return self.known_subdomain

    def script(self, name: str) -> WorkerScript:
        """Return the script of this name; nothing is read before one of its methods is called."""
        return WorkerScript(self._api, self.id, name, self._on_sent)

    def database(self, database_id: str) -> D1Client:
        """Return a D1 database; nothing is read before one of its methods is called."""
        return D1Client(self._api, self.id, database_id)

    def script_names(self) -> set[str]:
        """Return the names of all scripts (this list has no pages)."""
        return {item.id for item in self._scripts()}

    def plan(self) -> WorkersPlan | None:
        """Return the account's plan where its subscriptions name one that is paid; else None.

        Few tokens may read them, and the free plan is no subscription.
        """
        try:
            found = self._api.get(f"{self._path}/subscriptions", list[wire.Subscription])
        except ApiError as error:
            if error.is_transient:
                raise
            return None
        paid = any(PAID_PLAN in one.rate_plan.id for one in found if one.rate_plan)
        return WorkersPlan.PAID if paid else None

    def secret_names(self, script: str) -> set[str] | None:
        """Return the names of a script's secrets; None where the script does not exist."""
        return self.script(script).secret_names()

    def observe(
        self,
        script: str,
        beside: Collection[str] = (),
        objects: Collection[str] = (),
        *,
        deployable: bool = False,
        deployments: DeploymentPage | None = None,
    ) -> LiveState:
        """Return what is live: what a deploy starts from, and what a restore returns to.

        Its versions are the first page of the list; with `deployable` all that may get traffic.
        `deployments` is the first page of deployments, if it was read just now.

        Of `settings.APART` it reads the parts of `beside`, and those that the script may have by
        what the list of scripts tells; of its classes `objects` are known to be Durable Objects.
        """
        client = self.script(script)
        page = client.deployments.first_page() if deployments is None else deployments
        if not page:
            return LiveState(deployment=None)
        scripts = self._scripts()
        versions = client.versions.deployable() if deployable else client.versions.recent()
        newest = max(versions, key=lambda version: version.number, default=None)
        item = next((one for one in scripts if one.id == script), None)
        deployed = newest is not None and page[0][0].main_version == newest.id
        maybe = {*(_maybe(item, objects) if deployed else BESIDE), *_routed(item)}
        settings = client.settings.read(beside, maybe)
        return LiveState(
            deployment=page[0][0],
            settings=settings,
            migration_tag=item.migration_tag if item else None,
            has_assets=item is not None and item.has_assets,
            has_modules=item is None or item.has_modules is not False,
            placement=item.placement if item else None,
            cache=item.cache_options if item else None,
            newest=newest.number if newest else 0,
            newest_version=newest.id if newest else None,
            scripts=tuple(item.id for item in scripts),
            history=tuple(event for _, event in page),
            versions=tuple(versions),
        )

    def held(self, hostnames: Collection[str], script: str) -> tuple[HeldDomain, ...]:
        """Return those of these custom domains that scripts other than this one have."""
        found = self._api.get(f"{self._path}/workers/domains", list[wire.Domain])
        return tuple(
            HeldDomain(
                hostname=host(domain.hostname), zone_id=domain.zone_id, script=domain.service
            )
            for domain in found
            if host(domain.hostname) in hostnames and domain.service != script
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

    def object_classes(self, script: str) -> tuple[wire.ObjectClass, ...]:
        """Return the namespaces of a script's own Durable Object classes."""
        listed = self._api.pages(
            f"{self._path}/workers/durable_objects/namespaces", wire.ObjectClass
        )
        return tuple(one for one in listed if one.script == script)

    def container_namespaces(self) -> frozenset[str]:
        """Return the ids of the namespaces of Durable Objects that start containers."""
        path = f"{self._path}/containers/applications"
        found = self._api.get(path, list[wire.ContainerApplication])
        objects = (one.durable_objects for one in found)
        return frozenset(one.namespace_id for one in objects if one)

    def dispatch_namespace_of(self, script: str) -> str | None:
        """Return the dispatch namespace that has a script, if one has and the token may look."""
        namespaces = f"{self._path}/workers/dispatch/namespaces"
        found: list[wire.DispatchNamespace] = []
        with suppress(ApiError):
            found = self._api.get(namespaces, list[wire.DispatchNamespace])
        for one in found:
            path = f"{namespaces}/{segment(one.namespace_name)}/scripts/{segment(script)}"
            with suppress(ApiError):
                self._api.get(path, dict)
                return one.namespace_name
        return None

    def served(
        self, script: str, versions: Sequence[str], since: datetime, until: datetime
    ) -> tuple[ServedByVersion, ...]:
        """Return what these versions served from `since` to `until`, by Cloudflare's analytics.

        A version that served nothing is left out.
        """
        asked = analytics.variables(self.id, script, versions, since, until)
        return analytics.served(self._api.query(analytics.QUERY, asked))

    def logged(
        self, script: str, versions: Sequence[str], since: datetime, until: datetime
    ) -> tuple[ServedByVersion, ...]:
        """Return the same by Workers Logs, which count an answer of status 500 as an error."""
        path = f"{self._path}/workers/observability/telemetry/query"
        requests, failures = (
            self._api.ask(
                path,
                telemetry.counting(script, versions, since, until, failed=failed),
                telemetry.Calculations,
            )
            for failed in (False, True)
        )
        return tuple(telemetry.served(requests, failures))

    @property
    def resources(self) -> Resources:
        """What the account has besides scripts."""
        return Resources(self._api, self.id)

    @property
    def queue_consumers(self) -> QueueConsumers:
        """The consumers of the account's queues."""
        return QueueConsumers(self._api, self.id)

    @property
    def workflows(self) -> Workflows:
        """The account's workflows."""
        return Workflows(self._api, self.id)

    @property
    def zones(self) -> Zones:
        """The account's zones, as far as the token opens them."""
        return Zones(self._api, self.id)

    def _scripts(self) -> list[wire.ScriptItem]:
        return self._api.get(f"{self._path}/workers/scripts", list[wire.ScriptItem])


def _maybe(item: wire.ScriptItem | None, objects: Collection[str]) -> frozenset[str]:
    """Return which parts of `BESIDE` a script may have, by what its newest upload exports."""
    if item is None:
        return frozenset()
    consumers = {"consumers"} if "queue" in (item.handlers or ()) else set[str]()
    others = {one.name for one in item.named_handlers or ()} - {*objects}
    return frozenset(consumers | ({"workflows"} if others else set()))


def _routed(item: wire.ScriptItem | None) -> frozenset[str]:
    """Return whether a script may have routes, as a part of its settings to read."""
    without = item is not None and item.routes == []
    return frozenset() if without else frozenset({"routes"})


class VerifiedAccount(Account):
    """An account whose token was verified a moment ago, and is not verified again.

    A fleet run verifies every token first; a second time would take a good part of its requests.
    """

    def verify(self) -> datetime | None:
        """Accept the token."""
        return None
