"""Workflows: registration, versions, instances."""

from datetime import UTC, datetime

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from localedge.model import Json
from localedge.operations import workflows as flows
from localedge.state.rules.cron_times import next_due
from localedge.state.server import ServerState
from localedge.state.timestamps import now
from localedge.state.workflows.models import STATUSES, Workflow, WorkflowInstance, WorkflowVersion
from localedge.state.workflows.steps import read_steps, shown_output
from localedge.wire.envelope import success, success_page
from localedge.wire.jobs.workflow_errors import WorkflowBodyInvalid
from localedge.wire.request import as_text, json_body, json_object, parse_json

WORKFLOWS = "/accounts/{account_id}/workflows"
WORKFLOW = WORKFLOWS + "/{workflow}"
INSTANCES = WORKFLOW + "/instances"
INSTANCE = INSTANCES + "/{instance}"


def routes(state: ServerState) -> list[Route]:
    """Return the routes, relative to the API's base."""
    service = _Workflows(state)
    return [
        Route(WORKFLOWS, service.list_all, methods=["GET"]),
        Route(WORKFLOW, service.get, methods=["GET"]),
        Route(WORKFLOW, service.put, methods=["PUT"]),
        Route(WORKFLOW, service.delete, methods=["DELETE"]),
        Route(WORKFLOW + "/versions", service.list_versions, methods=["GET"]),
        Route(WORKFLOW + "/versions/{version}", service.get_version, methods=["GET"]),
        Route(INSTANCES, service.list_instances, methods=["GET"]),
        Route(INSTANCES, service.create_instance, methods=["POST"]),
        Route(INSTANCES + "/batch", service.create_instances, methods=["POST"]),
        Route(INSTANCE, service.get_instance, methods=["GET"]),
        Route(INSTANCE + "/status", service.change_status, methods=["PATCH"]),
        Route(INSTANCE + "/events/{event}", service.send_event, methods=["POST"]),
    ]


class _Workflows:
    def __init__(self, state: ServerState) -> None:
        self._state = state

    async def list_all(self, request: Request) -> Response:
        search = request.query_params.get("search", "")
        found = self._state.workflows.of_account(request.path_params["account_id"])
        return success_page(request, [self._document(it) for it in found if search in it.name])

    async def get(self, request: Request) -> Response:
        return success(self._document(self._workflow(request)))

    async def put(self, request: Request) -> Response:
        account, name = request.path_params["account_id"], request.path_params["workflow"]
        made = flows.register(self._state, account, name, await json_object(request))
        registered = {"version_id": made.version_id, "is_deleted": 0, "terminator_running": 0}
        return success({**self._document(made), **registered})

    async def delete(self, request: Request) -> Response:
        await flows.delete(self._state, self._workflow(request))
        return success({"status": "ok", "success": True})

    async def list_versions(self, request: Request) -> Response:
        versions = self._state.workflows.versions(self._workflow(request))
        return success_page(request, [self._version(it) for it in versions])

    async def get_version(self, request: Request) -> Response:
        workflow, key = self._workflow(request), request.path_params["version"]
        return success(self._version(self._state.workflows.version(workflow, key)))

    def _version(self, version: WorkflowVersion) -> Json:
        return _version(version) | self._state.workflows.settings(version.id)

    # -- instances

    async def list_instances(self, request: Request) -> Response:
        status = request.query_params.get("status")
        if status is not None and status not in STATUSES:
            raise WorkflowBodyInvalid(f"'{status}' is not a status of an instance.")
        found = self._state.workflows.instances(self._workflow(request), status)
        if request.query_params.get("direction") == "asc":
            found.reverse()
        return success_page(request, [_listed(it) for it in found])

    async def create_instance(self, request: Request) -> Response:
        body = await json_object(request) if await request.body() else {}
        (made,) = await self._create(request, [body])
        return success(made)

    async def create_instances(self, request: Request) -> Response:
        body = await json_body(request)
        if not isinstance(body, list) or not all(isinstance(it, dict) for it in body):
            raise WorkflowBodyInvalid("The body must be an array of objects.")
        return success(await self._create(request, body))

    async def get_instance(self, request: Request) -> Response:
        workflow, key = self._workflow(request), request.path_params["instance"]
        found = await flows.describe(self._state, workflow, key)
        instance = self._state.workflows.instance(workflow, key)
        steps = read_steps(found["log"])
        return success(
            {
                "params": instance.params,
                "trigger": {"source": instance.source},
                "versionId": instance.version_id,
                "status": instance.status,
                "queued": instance.created_on,
                "start": instance.created_on,
                "end": instance.ended_on,
                "success": {"complete": True, "errored": False}.get(instance.status),
                "output": shown_output(found["output"]),
                "error": found["error"],
                "steps": steps,
                "step_count": len(steps),
            }
        )

    async def change_status(self, request: Request) -> Response:
        workflow, body = self._workflow(request), await json_object(request)
        action = as_text(body.get("status"), "status")
        options = {key: body[key] for key in ("from", "rollback") if key in body} or None
        key = request.path_params["instance"]
        status = await flows.change(self._state, workflow, key, action, options)
        return success({"status": status, "timestamp": now()})

    async def send_event(self, request: Request) -> Response:
        workflow, path = self._workflow(request), request.path_params
        text = await request.body()
        payload = parse_json(text, "The body") if text else None
        await flows.send_event(self._state, workflow, path["instance"], path["event"], payload)
        return success({})

    # -- all

    async def _create(self, request: Request, bodies: list[dict[str, Json]]) -> list[Json]:
        workflow = self._workflow(request)
        wanted = [{"id": it.get("instance_id"), "params": _params(it)} for it in bodies]
        made = await flows.create(self._state, workflow, wanted, "api")
        return [
            {
                "id": it.id,
                "status": it.status,
                "version_id": it.version_id,
                "workflow_id": it.workflow_id,
                "trigger_source": it.source,
            }
            for it in made
        ]

    def _workflow(self, request: Request) -> Workflow:
        path = request.path_params
        return self._state.workflows.require(path["account_id"], path["workflow"])

    def _document(self, workflow: Workflow) -> dict[str, Json]:
        statuses = dict.fromkeys(sorted(STATUSES), 0)
        return {
            "id": workflow.id,
            "name": workflow.name,
            "script_name": workflow.script,
            "class_name": workflow.class_name,
            "created_on": workflow.created_on,
            "modified_on": workflow.modified_on,
            "triggered_on": workflow.triggered_on,
            "script_deleted": self._state.scripts.get(workflow.ref) is None,
            "instances": {**statuses, **self._state.workflows.counts(workflow)},
            **self._settings(workflow),
        }

    def _settings(self, workflow: Workflow) -> dict[str, Json]:
        """Return what the registration said, and when each schedule is due next."""
        found = self._state.workflows.settings(workflow.version_id)
        if "schedules" in found:
            found["schedules"] = [
                {**it, "next_instance": _next(it["cron"])} for it in found["schedules"]
            ]
        return found


def _next(cron: str) -> str:
    at = next_due(cron, datetime.now(UTC))
    return at.isoformat().replace("+00:00", "Z") if at else ""


def _params(body: dict[str, Json]) -> Json:
    """Return the params; the SDK sends them as a JSON text, wrangler as they are."""
    given = body.get("params")
    return parse_json(given, "params") if isinstance(given, str) and given else given


def _version(version: WorkflowVersion) -> dict[str, Json]:
    return {
        "id": version.id,
        "workflow_id": version.workflow_id,
        "class_name": version.class_name,
        "created_on": version.created_on,
        "modified_on": version.created_on,
        "has_dag": False,
        "language": "javascript",
    }


def _listed(instance: WorkflowInstance) -> Json:
    return {
        "id": instance.id,
        "workflow_id": instance.workflow_id,
        "version_id": instance.version_id,
        "status": instance.status,
        "created_on": instance.created_on,
        "modified_on": instance.modified_on,
        "started_on": instance.created_on,
        "ended_on": instance.ended_on,
        "trigger_source": instance.source,
    }
