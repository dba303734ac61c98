"""Workflows at Cloudflare: names of an account, each for a class of one script.

wrangler registers each one of its script after the upload (seen with 4.164.0). Endpoints:
https://developers.cloudflare.com/api/resources/workflows/.
"""

from collections.abc import Iterable, Sequence

from edgefleet.cloudflare.client import Cloudflare, segment
from edgefleet.cloudflare.error_codes import WORKFLOW_NOT_FOUND
from edgefleet.cloudflare.triggers import schemas as wire
from edgefleet.cloudflare.triggers.declared_workflows import Workflow, described
from edgefleet.core.model import Json


class Workflows:
    """The workflows of an account. Writes may be repeated, and raise `ApiError`."""

    def __init__(self, api: Cloudflare, account_id: str) -> None:
        self._api = api
        self._path = f"/accounts/{segment(account_id)}/workflows"

    def of(self, script: str) -> tuple[dict[str, Json], ...]:
        """Return those of a script, by name."""
        own = (one for one in self._all() if one.script_name == script)
        return tuple(self._read(one) for one in sorted(own, key=lambda one: one.name))

    def owners(self, names: Iterable[str]) -> dict[str, str]:
        """Return which script has each of these workflows now."""
        wanted = set(names)
        return {one.name: one.script_name for one in self._all() if one.name in wanted}

    def replace(self, script: str, wanted: Sequence[Workflow]) -> None:
        """Register these workflows for a script, and delete its others with their instances."""
        live = {str(one["name"]): one for one in self.of(script)}
        for workflow in wanted:
            before = live.pop(str(workflow["name"]), {})
            if before != workflow:
                body = _body(script, workflow, before)
                self._api.write("PUT", self._workflow(workflow["name"]), body)
        for name in live:
            self._api.write("DELETE", self._workflow(name))

    def _read(self, one: wire.WorkflowItem) -> dict[str, Json]:
        path = f"{self._workflow(one.name)}/versions"
        versions = self._api.find(path, list[wire.WorkflowVersion], WORKFLOW_NOT_FOUND) or []
        newest = max(versions, key=lambda version: version.created_on, default=None)
        settings = newest.model_dump() if newest else {}
        whole = self._api.get(self._workflow(one.name), wire.WorkflowItem)
        settings["jurisdiction"] = whole.jurisdiction
        crons = [schedule.cron for schedule in whole.schedules or ()]
        return described(one.name, one.class_name, settings, crons)

    def _workflow(self, name: Json) -> str:
        return f"{self._path}/{segment(str(name))}"

    def _all(self) -> list[wire.WorkflowItem]:
        return list(self._api.pages(self._path, wire.WorkflowItem))


def _body(script: str, wanted: Workflow, live: Workflow) -> dict[str, Json]:
    body = {key: value for key, value in wanted.items() if key not in ("name", "schedules")}
    schedules = wanted.get("schedules", [])
    if schedules or live.get("schedules"):  # without the key Cloudflare might keep those in force
        body["schedules"] = [{"cron": cron} for cron in schedules]
    return {"script_name": script, **body}
