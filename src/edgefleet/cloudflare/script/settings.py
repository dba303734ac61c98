"""What belongs to a script and to none of its versions: triggers, workers.dev, script settings."""

from collections.abc import Collection

from pydantic import ValidationError

from edgefleet.cloudflare.client import Cloudflare, segment
from edgefleet.cloudflare.envelope import ApiError
from edgefleet.cloudflare.models import ScriptSettings
from edgefleet.cloudflare.schemas import Domain
from edgefleet.cloudflare.script import schemas as wire
from edgefleet.cloudflare.settings import TAKEN_FROM, changed_queues, changed_routes
from edgefleet.cloudflare.triggers.queue_consumers import QueueConsumers
from edgefleet.cloudflare.triggers.workflows import Workflows
from edgefleet.cloudflare.triggers.zones import Zones
from edgefleet.core.model import Json


class SettingsClient:
    """Reads and writes the settings of the script `name`, whose own path is `path`."""

    def __init__(self, api: Cloudflare, account_id: str, name: str, path: str) -> None:
        self._api = api
        self._name = name
        self._path = path
        self._account = f"/accounts/{segment(account_id)}"
        self._zones = Zones(api, account_id)
        self._consumers = QueueConsumers(api, account_id)
        self._workflows = Workflows(api, account_id)

    def read(self, beside: Collection[str] = (), maybe: Collection[str] = ()) -> ScriptSettings:
        """Return all of them; of `settings.APART` only the parts that are asked for.

        A token that may not read a part of `maybe` finds nothing there, but for routes.
        """
        return self._own().model_copy(
            update={
                name: read
                for name in {*beside, *maybe}
                if (read := self._apart(name, required=name in beside))
            }
        )

    def _apart(self, name: str, *, required: bool) -> tuple[dict[str, Json], ...]:
        if name == "routes":
            return tuple(self._live_routes())
        client = self._consumers if name == "consumers" else self._workflows
        try:
            return client.of(self._name)
        except ApiError as error:
            if required or not error.forbidden:
                raise
            return ()

    def _own(self) -> ScriptSettings:
        schedules = self._api.get(f"{self._path}/schedules", wire.Schedules).schedules
        crons = tuple(schedule.cron for schedule in schedules)
        worker = self._worker()
        if worker is None:
            return self._one_by_one(crons)
        domains = (domain.model_dump() for domain in worker.references.domains)
        return ScriptSettings(
            crons=crons,
            workers_dev=worker.subdomain.enabled,
            previews=worker.subdomain.previews_enabled,
            script=self._script_settings(worker),
            domains=tuple(domains),
        )

    def _worker(self) -> wire.WorkerItem | None:
        """Return what one request tells of a Worker; None where the newer API does not tell all.

        https://developers.cloudflare.com/api/resources/workers/subresources/beta/subresources/workers/methods/get/
        """
        path = f"{self._account}/workers/workers/{segment(self._name)}"
        try:
            return wire.WorkerItem.model_validate(self._api.get(path, dict))
        except ValidationError:
            return None
        except ApiError as error:
            if error.is_transient:
                raise
            return None

    def _script_settings(self, worker: wire.WorkerItem) -> dict[str, Json]:
        if worker.tail_consumers:  # of them it tells the names alone
            return self._api.get(f"{self._path}/script-settings", dict[str, Json])
        told = worker.model_dump(include={"logpush", "observability", "tags"})
        return {**told, "tail_consumers": []}

    def _one_by_one(self, crons: tuple[str, ...]) -> ScriptSettings:
        subdomain = self._api.get(f"{self._path}/subdomain", wire.SubdomainState)
        return ScriptSettings(
            crons=crons,
            workers_dev=subdomain.enabled,
            previews=subdomain.previews_enabled,
            script=self._api.get(f"{self._path}/script-settings", dict[str, Json]),
            domains=self._live_domains(),
        )

    def try_write(self, part: str, wanted: ScriptSettings, live: ScriptSettings) -> None:
        """Find out whether the token may write a part where it differs; changes nothing.

        The parts that are neither routes nor consumers need one permission, that of an upload.
        Raises `ApiError` where the token may not.
        """
        if part == "routes":
            self._zones.try_write(changed_routes(wanted, live))
        elif part == "consumers":
            self._consumers.try_write(changed_queues(wanted, live))
        else:
            self._api.try_delete(f"{self._account}/workers/domains")

    def write(self, settings: ScriptSettings, parts: Collection[str]) -> None:
        """Write these parts of the settings; each write may be repeated."""
        if "crons" in parts:
            crons = [{"cron": cron} for cron in settings.crons]
            self._api.write("PUT", f"{self._path}/schedules", crons)
        if "workers_dev" in parts or "previews" in parts:
            subdomain = {"enabled": settings.workers_dev, "previews_enabled": settings.previews}
            self._api.write("POST", f"{self._path}/subdomain", subdomain)
        if "script" in parts:
            self._api.write("PATCH", f"{self._path}/script-settings", settings.script)
        if "routes" in parts:
            self._write_routes(settings)
        if "domains" in parts:
            self._api.write("PUT", f"{self._path}/domains/records", _domain_records(settings))
        if "consumers" in parts:
            self._consumers.replace(self._name, settings.consumers)
        if "workflows" in parts:
            self._workflows.replace(self._name, settings.workflows)

    def _write_routes(self, settings: ScriptSettings) -> None:
        """Write all routes at once, or zone by zone where the token opens only some zones."""
        try:
            self._api.write("PUT", f"{self._path}/routes", list(settings.routes))
        except ApiError as error:
            if not error.forbidden:
                raise
            try:
                self._zones.replace(self._name, settings.routes, self._live_routes())
            except ApiError as zone_error:
                raise ApiError(
                    f"{error.message}; and zone by zone: {zone_error.message}",
                    codes=(*error.codes, *zone_error.codes),
                    status=zone_error.status,
                ) from error

    def _live_routes(self) -> list[dict[str, Json]]:
        # The list that wrangler reads: all routes of a script, whatever zones they are in.
        service = f"{self._account}/workers/services/{segment(self._name)}"
        path = f"{service}/environments/production/routes?show_zonename=true"
        return [route.model_dump() for route in self._api.get(path, list[wire.RouteSchema])]

    def _live_domains(self) -> tuple[dict[str, Json], ...]:
        found = self._api.get(f"{self._account}/workers/domains", list[Domain])
        return tuple(
            {"hostname": domain.hostname, "zone_id": domain.zone_id}
            for domain in found
            if domain.service == self._name
        )


def _domain_records(settings: ScriptSettings) -> dict[str, Json]:
    # The endpoint is wrangler's own; without a terminal wrangler takes hosts from other scripts.
    takes = any(TAKEN_FROM in domain for domain in settings.domains)
    return {
        "override_scope": True,
        "override_existing_origin": takes,
        "override_existing_dns_record": True,
        "origins": [
            {key: value for key, value in domain.items() if key != TAKEN_FROM}
            for domain in settings.domains
        ],
    }
