"""Workflows, their versions and instances as data."""

from dataclasses import dataclass

from localedge.model import Json, ScriptRef

FINISHED = frozenset({"complete", "errored", "terminated"})
STATUSES = frozenset({"queued", "running", "paused", "waitingForPause", "waiting", *FINISHED})


@dataclass(frozen=True, slots=True)
class Workflow:
    """A registered workflow; `version_id` is the newest registration."""

    account_id: str
    id: str
    name: str
    script: str
    class_name: str
    created_on: str
    modified_on: str
    version_id: str
    triggered_on: str | None = None

    @property
    def ref(self) -> ScriptRef:
        """The script that holds the class."""
        return ScriptRef(self.account_id, self.script)


@dataclass(frozen=True, slots=True)
class WorkflowVersion:
    """One registration of a workflow."""

    id: str
    workflow_id: str
    class_name: str
    created_on: str


@dataclass(frozen=True, slots=True)
class WorkflowInstance:
    """One run of a workflow; `params` is what it was created with, `source` is who created it."""

    id: str
    workflow_id: str
    version_id: str
    source: str
    params: Json
    status: str
    created_on: str
    modified_on: str
    ended_on: str | None = None
