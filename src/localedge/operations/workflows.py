"""Workflows where they meet scripts and the engine that runs them."""

import contextlib
import re
import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime

from localedge.model import Json, ScriptRef
from localedge.state.data_plane import EngineFailed
from localedge.state.rules.cron import check_cron
from localedge.state.rules.cron_times import is_due
from localedge.state.server import ServerState
from localedge.state.timestamps import now
from localedge.state.workflows.models import FINISHED, Workflow, WorkflowInstance
from localedge.state.workflows.steps import read_end
from localedge.wire.errors import ApiError
from localedge.wire.jobs.workflow_errors import (
    InstanceOperationRefused,
    JurisdictionImmutable,
    WorkflowBodyInvalid,
)
from localedge.wire.request import as_object, as_objects, as_text

SETTINGS = ("limits", "concurrency", "default_retention")
"""What a registration may say beside its class: it is kept and shown, and not applied."""
ACTIONS = ("pause", "resume", "terminate", "restart")
MOST_AT_ONCE = 100
NAME = re.compile(r"[a-zA-Z0-9_][a-zA-Z0-9-_]{0,63}")
INSTANCE_ID = re.compile(r"[a-zA-Z0-9_][a-zA-Z0-9-_]{0,99}")


def register(state: ServerState, account_id: str, name: str, body: Mapping[str, Json]) -> Workflow:
    """Make a workflow, or give it another class; raises `NotFound` for an unknown script."""
    if not NAME.fullmatch(name):
        raise WorkflowBodyInvalid(f"'{name}' is not a valid name of a workflow.")
    script = as_text(body.get("script_name"), "script_name")
    class_name = as_text(body.get("class_name"), "class_name")
    ref = ScriptRef(account_id, script)
    state.script(ref)
    latest = state.scripts.latest(ref)
    known = latest.named_handlers if latest else {}
    # Without a runtime the exports of an upload are unknown.
    if latest and (latest.handlers or known) and class_name not in known:
        raise WorkflowBodyInvalid(f"The Worker {script} does not export the class {class_name}.")
    before = state.workflows.find(account_id, name)
    settings = _settings(body)
    if before and state.workflows.settings(before.version_id).get("jurisdiction") != settings.get(
        "jurisdiction"
    ):
        raise JurisdictionImmutable
    made = state.workflows.register(account_id, name, script, class_name, settings)
    if before and before.ref != ref:
        state.data_plane.removed(before.ref)  # two runtimes must not run the same instances
    return made


def _settings(body: Mapping[str, Json]) -> dict[str, Json]:
    settings: dict[str, Json] = {
        key: as_object(body[key], key) for key in SETTINGS if body.get(key)
    }
    if body.get("jurisdiction"):
        settings["jurisdiction"] = as_text(body["jurisdiction"], "jurisdiction")
    schedules = as_objects(body.get("schedules") or [], "schedules")
    crons = [as_text(it.get("cron"), "cron") for it in schedules]
    for cron in crons:
        check_cron(cron)
    return {**settings, "schedules": [{"cron": it} for it in crons]} if crons else settings


async def start_scheduled(state: ServerState, minute: datetime) -> None:
    """Create an instance of each workflow that is due in this minute."""
    for workflow in state.workflows.all():
        settings = state.workflows.settings(workflow.version_id)
        for schedule in settings.get("schedules", ()):
            if is_due(schedule["cron"], minute):
                await create(state, workflow, [{"id": None, "params": None}], "cron")


async def delete(state: ServerState, workflow: Workflow) -> None:
    """Delete a workflow with all that its instances have done."""
    state.workflows.remove(workflow)
    await state.data_plane.drop_storage([workflow.id])


async def create(
    state: ServerState, workflow: Workflow, wanted: Sequence[Mapping[str, Json]], source: str
) -> list[WorkflowInstance]:
    """Create instances, all or none; each entry has `id` and `params`, or neither.

    Raises `InstanceExists`, `WorkflowBodyInvalid`. What is stored runs in the end, also if
    localedge is killed before the engine has it; until then it is queued.
    """
    if not 1 <= len(wanted) <= MOST_AT_ONCE:
        raise WorkflowBodyInvalid(f"1 to {MOST_AT_ONCE} instances can be created at once.")
    made = [_instance(workflow, entry, source) for entry in wanted]
    with state.database.transaction():
        for instance in made:
            state.workflows.add_instance(instance)
    with contextlib.suppress(InstanceOperationRefused):
        await keep(state, workflow, made)
    return [state.workflows.instance(workflow, it.id) for it in made]


async def keep(
    state: ServerState, workflow: Workflow, instances: Sequence[WorkflowInstance]
) -> None:
    """See to it that instances run, and store where they stand."""
    entries = [{"id": it.id, "params": it.params, "created": it.created_on} for it in instances]
    call = {"operation": "keep", "instances": entries}
    state.workflows.set_statuses(workflow, await _ask(state, workflow, call))


async def describe(state: ServerState, workflow: Workflow, instance_id: str) -> dict[str, Json]:
    """Return what the engine knows of an instance: `status`, `log`, and `output` and `error`."""
    try:
        known = await _known(state, workflow, instance_id)
        call = {"operation": "describe", "id": instance_id, "created": known.created_on}
        found = await _ask(state, workflow, call)
    except InstanceOperationRefused:
        status = state.workflows.instance(workflow, instance_id).status
        return {"status": status, "output": None, "error": None, "log": []}
    state.workflows.set_statuses(workflow, {instance_id: found["status"]})
    output, error = read_end(found["log"])
    return {"status": found["status"], "output": output, "error": error, "log": found["log"]}


async def change(
    state: ServerState, workflow: Workflow, instance_id: str, action: str, options: Json = None
) -> str:
    """Pause, resume, terminate or restart an instance; return its status then."""
    if action not in ACTIONS:
        raise WorkflowBodyInvalid(f"status must be one of {', '.join(ACTIONS)}.")
    instance = await _known(state, workflow, instance_id)
    if action != "restart" and instance.status in FINISHED:
        raise InstanceOperationRefused(f"The instance is {instance.status}: it cannot {action}.")
    call = {"operation": "change", "id": instance_id, "action": action, "options": options}
    status: str = (await _ask(state, workflow, call))["status"]
    state.workflows.set_statuses(workflow, {instance_id: status})
    return status


async def send_event(
    state: ServerState, workflow: Workflow, instance_id: str, kind: str, payload: Json
) -> None:
    """Hand an event to an instance, which may wait for it."""
    await _known(state, workflow, instance_id)
    call = {"operation": "event", "id": instance_id, "type": kind, "payload": payload}
    await _ask(state, workflow, call)


async def answer_binding(
    state: ServerState, account_id: str, name: str, call: Mapping[str, Json]
) -> Json:
    """Answer one call of a Worker's binding: `result`, or `error` with the text for the Worker."""
    try:
        workflow = state.workflows.require(account_id, name)
        return {"result": await _binding_call(state, workflow, call)}
    except ApiError as refused:
        return {"error": refused.message.removeprefix("workflows.api.error.")}


async def _binding_call(state: ServerState, workflow: Workflow, call: Mapping[str, Json]) -> Json:
    operation = call.get("operation")
    if operation == "create":
        wanted = as_objects(call.get("instances"), "instances")
        return [it.id for it in await create(state, workflow, wanted, "binding")]
    instance_id = as_text(call.get("id"), "id")
    if operation == "status":
        found = await describe(state, workflow, instance_id)
        return {key: found.get(key) for key in ("status", "output", "error")}
    if operation == "event":
        kind = as_text(call.get("type"), "type")
        return await send_event(state, workflow, instance_id, kind, call.get("payload"))
    return await change(state, workflow, instance_id, str(operation), call.get("options"))


async def _known(state: ServerState, workflow: Workflow, instance_id: str) -> WorkflowInstance:
    """Return an instance that the engine has, also where localedge ended before it had."""
    instance = state.workflows.instance(workflow, instance_id)
    if instance.status not in FINISHED:
        await keep(state, workflow, [instance])
    return state.workflows.instance(workflow, instance_id)


async def _ask(state: ServerState, workflow: Workflow, call: Mapping[str, Json]) -> Json:
    try:
        return await state.data_plane.workflow(workflow.ref, workflow.name, call)
    except EngineFailed as failed:
        raise InstanceOperationRefused(str(failed)) from failed


def _instance(workflow: Workflow, entry: Mapping[str, Json], source: str) -> WorkflowInstance:
    instance_id = entry.get("id") or str(uuid.uuid4())
    if not isinstance(instance_id, str) or not INSTANCE_ID.fullmatch(instance_id):
        raise WorkflowBodyInvalid(
            "An instance's id has up to 100 letters, digits, dashes and underscores."
        )
    params = entry.get("params")
    return WorkflowInstance(
        id=instance_id,
        workflow_id=workflow.id,
        version_id=workflow.version_id,
        source=source,
        params={} if params is None else params,
        status="queued",
        created_on=now(),
        modified_on=now(),
    )
