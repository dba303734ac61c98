"""Keeps workflows, versions and instances; what an instance has done is the engine's."""

import json
import uuid
from collections.abc import Mapping
from dataclasses import asdict
from sqlite3 import Row

from localedge.model import Json
from localedge.state.database import Database
from localedge.state.timestamps import now
from localedge.state.workflows.models import (
    FINISHED,
    Workflow,
    WorkflowInstance,
    WorkflowVersion,
)
from localedge.wire.jobs.workflow_errors import (
    InstanceExists,
    InstanceNotFound,
    WorkflowNotFound,
    WorkflowVersionNotFound,
)

SCHEMA = """
CREATE TABLE IF NOT EXISTS workflows (
    id TEXT PRIMARY KEY, account_id TEXT NOT NULL, name TEXT NOT NULL, script TEXT NOT NULL,
    class_name TEXT NOT NULL, created_on TEXT NOT NULL, modified_on TEXT NOT NULL,
    version_id TEXT NOT NULL, triggered_on TEXT,
    UNIQUE (account_id, name)
);
CREATE TABLE IF NOT EXISTS workflow_versions (
    position INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE,
    workflow_id TEXT NOT NULL REFERENCES workflows ON DELETE CASCADE,
    class_name TEXT NOT NULL, created_on TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS workflow_settings (
    version_id TEXT PRIMARY KEY REFERENCES workflow_versions (id) ON DELETE CASCADE,
    settings TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS workflow_instances (
    position INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL,
    workflow_id TEXT NOT NULL REFERENCES workflows ON DELETE CASCADE,
    version_id TEXT NOT NULL, source TEXT NOT NULL, params TEXT NOT NULL, status TEXT NOT NULL,
    created_on TEXT NOT NULL, modified_on TEXT NOT NULL, ended_on TEXT,
    UNIQUE (workflow_id, id)
);
"""
_WORKFLOW = (
    "id, account_id, name, script, class_name, created_on, modified_on, version_id, triggered_on"
)
_VERSION = "id, workflow_id, class_name, created_on"
_INSTANCE = "id, workflow_id, version_id, source, params, status, created_on, modified_on, ended_on"


class WorkflowStore:
    """Workflows by account and name."""

    def __init__(self, database: Database) -> None:
        self._database = database
        database.create(SCHEMA)

    def of_account(self, account_id: str) -> list[Workflow]:
        """Return the workflows of an account, by name."""
        rows = self._database.all(
            f"SELECT {_WORKFLOW} FROM workflows WHERE account_id = ? ORDER BY name",  # noqa: S608
            (account_id,),
        )
        return [Workflow(**row) for row in rows]

    def all(self) -> list[Workflow]:
        """Return the workflows of all accounts."""
        rows = self._database.all(f"SELECT {_WORKFLOW} FROM workflows ORDER BY account_id, name")  # noqa: S608
        return [Workflow(**row) for row in rows]

    def require(self, account_id: str, name: str) -> Workflow:
        """Return a workflow; raises `WorkflowNotFound`."""
        found = self.find(account_id, name)
        if found is None:
            raise WorkflowNotFound
        return found

    def find(self, account_id: str, name: str) -> Workflow | None:
        """Return the workflow of this name."""
        return next((it for it in self.of_account(account_id) if it.name == name), None)

    def register(
        self,
        account_id: str,
        name: str,
        script: str,
        class_name: str,
        settings: Mapping[str, Json] | None = None,
    ) -> Workflow:
        """Make a workflow, or give it another class or settings; each is a new version."""
        known, version, moment = self.find(account_id, name), str(uuid.uuid4()), now()
        made = Workflow(
            account_id=account_id,
            id=known.id if known else str(uuid.uuid4()),
            name=name,
            script=script,
            class_name=class_name,
            created_on=known.created_on if known else moment,
            modified_on=moment,
            version_id=version,
            triggered_on=known.triggered_on if known else None,
        )
        with self._database.transaction():
            self._database.run(
                "INSERT INTO workflows VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id)"
                " DO UPDATE SET script = excluded.script, class_name = excluded.class_name,"
                " modified_on = excluded.modified_on, version_id = excluded.version_id",
                (made.id, account_id, name, script, class_name, made.created_on, moment, version,
                 made.triggered_on),
            )  # fmt: skip
            self._database.run(
                f"INSERT INTO workflow_versions ({_VERSION}) VALUES (?, ?, ?, ?)",  # noqa: S608
                (version, made.id, class_name, moment),
            )
            self._database.run(
                "INSERT INTO workflow_settings VALUES (?, ?)",
                (version, json.dumps(settings or {})),
            )
        return made

    def remove(self, workflow: Workflow) -> None:
        """Delete a workflow with its versions and instances."""
        self._database.run("DELETE FROM workflows WHERE id = ?", (workflow.id,))

    def versions(self, workflow: Workflow) -> list[WorkflowVersion]:
        """Return the versions of a workflow, newest first."""
        rows = self._database.all(
            f"SELECT {_VERSION} FROM workflow_versions WHERE workflow_id = ?"  # noqa: S608
            " ORDER BY position DESC",
            (workflow.id,),
        )
        return [WorkflowVersion(**row) for row in rows]

    def settings(self, version_id: str) -> dict[str, Json]:
        """Return the settings with which a version was registered."""
        row = self._database.one(
            "SELECT settings FROM workflow_settings WHERE version_id = ?", (version_id,)
        )
        found: dict[str, Json] = json.loads(row["settings"]) if row else {}
        return found

    def version(self, workflow: Workflow, version_id: str) -> WorkflowVersion:
        """Return one version; raises `WorkflowVersionNotFound`."""
        found = [it for it in self.versions(workflow) if it.id == version_id]
        if not found:
            raise WorkflowVersionNotFound
        return found[0]

    # -- instances

    def instances(self, workflow: Workflow, status: str | None = None) -> list[WorkflowInstance]:
        """Return the instances of a workflow, newest first."""
        rows = self._database.all(
            f"SELECT {_INSTANCE} FROM workflow_instances WHERE workflow_id = ?"  # noqa: S608
            " AND (? IS NULL OR status = ?) ORDER BY position DESC",
            (workflow.id, status, status),
        )
        return [_instance(row) for row in rows]

    def instance(self, workflow: Workflow, instance_id: str) -> WorkflowInstance:
        """Return one instance; raises `InstanceNotFound`."""
        row = self._database.one(
            f"SELECT {_INSTANCE} FROM workflow_instances WHERE workflow_id = ? AND id = ?",  # noqa: S608
            (workflow.id, instance_id),
        )
        if row is None:
            raise InstanceNotFound
        return _instance(row)

    def counts(self, workflow: Workflow) -> dict[str, int]:
        """Return how many instances have each status."""
        rows = self._database.all(
            "SELECT status, count(*) FROM workflow_instances WHERE workflow_id = ? GROUP BY status",
            (workflow.id,),
        )
        return {row[0]: row[1] for row in rows}

    def add_instance(self, instance: WorkflowInstance) -> None:
        """Store a new instance; raises `InstanceExists`."""
        row = {**asdict(instance), "params": json.dumps(instance.params)}
        added = self._database.run(
            f"INSERT OR IGNORE INTO workflow_instances ({_INSTANCE})"  # noqa: S608
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            tuple(row[key.strip()] for key in _INSTANCE.split(",")),
        )
        if not added:
            raise InstanceExists
        self._database.run(
            "UPDATE workflows SET triggered_on = ? WHERE id = ?",
            (instance.created_on, instance.workflow_id),
        )

    def set_statuses(self, workflow: Workflow, statuses: Mapping[str, str]) -> None:
        """Store the statuses that changed, by instance."""
        for instance_id, status in statuses.items():
            ended = now() if status in FINISHED else None
            self._database.run(
                "UPDATE workflow_instances SET status = ?, modified_on = ?, ended_on = ?"
                " WHERE workflow_id = ? AND id = ? AND status != ?",
                (status, now(), ended, workflow.id, instance_id, status),
            )

    def unfinished(self) -> list[tuple[Workflow, list[WorkflowInstance]]]:
        """Return the workflows of any account that have instances to run, with these.

        Paused ones are none of them, nor finished ones.
        """
        found: dict[str, list[WorkflowInstance]] = {}
        for row in self._database.all(
            f"SELECT {_INSTANCE} FROM workflow_instances WHERE status"  # noqa: S608
            " NOT IN ('complete', 'errored', 'terminated', 'paused') ORDER BY position"
        ):
            found.setdefault(row["workflow_id"], []).append(_instance(row))
        rows = self._database.all(f"SELECT {_WORKFLOW} FROM workflows") if found else []  # noqa: S608
        return [(Workflow(**row), found[row["id"]]) for row in rows if row["id"] in found]

    def clear(self) -> None:
        """Forget everything."""
        self._database.run("DELETE FROM workflows")


def _instance(row: Row) -> WorkflowInstance:
    return WorkflowInstance(**{**row, "params": json.loads(row["params"])})
