"""Scripts, their versions, deployments and Durable Object classes."""

import json
from dataclasses import asdict

from localedge.model import ScriptRef
from localedge.state.database import Database
from localedge.state.scripts.records import Deployment, DurableClass, Script, Version

SCHEMA = """
CREATE TABLE IF NOT EXISTS scripts (
    account_id TEXT NOT NULL, name TEXT NOT NULL, document TEXT NOT NULL,
    PRIMARY KEY (account_id, name)
);
CREATE TABLE IF NOT EXISTS versions (
    account_id TEXT NOT NULL, script TEXT NOT NULL, id TEXT NOT NULL, number INTEGER NOT NULL,
    document TEXT NOT NULL,
    PRIMARY KEY (account_id, script, number),
    FOREIGN KEY (account_id, script) REFERENCES scripts ON DELETE CASCADE
);
CREATE UNIQUE INDEX IF NOT EXISTS version_ids ON versions (account_id, script, id);
CREATE TABLE IF NOT EXISTS deployments (
    position INTEGER PRIMARY KEY AUTOINCREMENT,
    account_id TEXT NOT NULL, script TEXT NOT NULL, id TEXT NOT NULL, document TEXT NOT NULL,
    FOREIGN KEY (account_id, script) REFERENCES scripts ON DELETE CASCADE
);
CREATE INDEX IF NOT EXISTS deployments_of ON deployments (account_id, script, position);
CREATE TABLE IF NOT EXISTS durable_classes (
    account_id TEXT NOT NULL, script TEXT NOT NULL, name TEXT NOT NULL,
    namespace_id TEXT NOT NULL, sqlite INTEGER NOT NULL,
    PRIMARY KEY (account_id, script, name),
    FOREIGN KEY (account_id, script) REFERENCES scripts ON DELETE CASCADE
);
"""


class ScriptStore:
    """Keeps records of scripts; the rules stand elsewhere."""

    def __init__(self, database: Database) -> None:
        self._database = database
        database.create(SCHEMA)

    # -- scripts

    def get(self, ref: ScriptRef) -> Script | None:
        """Return one script."""
        row = self._database.one(
            "SELECT document FROM scripts WHERE account_id = ? AND name = ?",
            (ref.account_id, ref.name),
        )
        return _script(row["document"]) if row else None

    def of_account(self, account_id: str) -> list[Script]:
        """Return the scripts of an account that are in no dispatch namespace, by name."""
        rows = self._database.all(
            "SELECT document FROM scripts WHERE account_id = ? AND instr(name, '/') = 0"
            " ORDER BY name",
            (account_id,),
        )
        return [_script(row["document"]) for row in rows]

    def of_namespace(self, account_id: str, namespace: str) -> list[Script]:
        """Return the scripts of a dispatch namespace, by name."""
        rows = self._database.all(
            "SELECT document FROM scripts WHERE account_id = ? AND instr(name, ?) = 1"
            " ORDER BY name",
            (account_id, f"{namespace}/"),
        )
        return [_script(row["document"]) for row in rows]

    def named(self, name: str) -> list[ScriptRef]:
        """Return the scripts of this name in all accounts."""
        rows = self._database.all(
            "SELECT account_id FROM scripts WHERE name = ? ORDER BY account_id", (name,)
        )
        return [ScriptRef(row["account_id"], name) for row in rows]

    def tagged(self, account_id: str, tag: str) -> Script | None:
        """Return the script of this id, which Cloudflare calls its tag too."""
        row = self._database.one(
            "SELECT document FROM scripts WHERE account_id = ?"
            " AND json_extract(document, '$.tag') = ?",
            (account_id, tag),
        )
        return _script(row["document"]) if row else None

    def save(self, script: Script) -> None:
        """Store a script, new or changed."""
        self._database.run(
            "INSERT INTO scripts VALUES (?, ?, ?)"
            " ON CONFLICT (account_id, name) DO UPDATE SET document = excluded.document",
            (script.ref.account_id, script.ref.name, json.dumps(asdict(script))),
        )

    def remove(self, ref: ScriptRef) -> None:
        """Delete a script with its versions, deployments and classes."""
        self._database.run(
            "DELETE FROM scripts WHERE account_id = ? AND name = ?", (ref.account_id, ref.name)
        )

    # -- versions

    def versions(self, ref: ScriptRef, limit: int = -1, skipped: int = 0) -> list[Version]:
        """Return versions, newest first; how many there are is the `latest` one's number."""
        rows = self._database.all(
            "SELECT document FROM versions WHERE account_id = ? AND script = ?"
            " ORDER BY number DESC LIMIT ? OFFSET ?",
            (ref.account_id, ref.name, limit, skipped),
        )
        return [Version.load(row["document"]) for row in rows]

    def version(self, ref: ScriptRef, version_id: str) -> Version | None:
        """Return one version."""
        row = self._database.one(
            "SELECT document FROM versions WHERE account_id = ? AND script = ? AND id = ?",
            (ref.account_id, ref.name, version_id),
        )
        return Version.load(row["document"]) if row else None

    def latest(self, ref: ScriptRef) -> Version | None:
        """Return the version uploaded last."""
        return next(iter(self.versions(ref, 1)), None)

    def add_version(self, ref: ScriptRef, version: Version) -> None:
        """Store a new version."""
        self._database.run(
            "INSERT INTO versions VALUES (?, ?, ?, ?, ?)",
            (ref.account_id, ref.name, version.id, version.number, version.dump()),
        )

    # -- deployments

    def deployments(self, ref: ScriptRef, limit: int = -1) -> list[Deployment]:
        """Return deployments, newest first."""
        rows = self._database.all(
            "SELECT document FROM deployments WHERE account_id = ? AND script = ?"
            " ORDER BY position DESC LIMIT ?",
            (ref.account_id, ref.name, limit),
        )
        return [Deployment.load(row["document"]) for row in rows]

    def live(self, ref: ScriptRef) -> Deployment | None:
        """Return the deployment in force."""
        return next(iter(self.deployments(ref, 1)), None)

    def add_deployment(self, ref: ScriptRef, deployment: Deployment) -> None:
        """Put a deployment in force."""
        self._database.run(
            "INSERT INTO deployments (account_id, script, id, document) VALUES (?, ?, ?, ?)",
            (ref.account_id, ref.name, deployment.id, deployment.dump()),
        )

    def remove_deployment(self, ref: ScriptRef, deployment_id: str) -> None:
        """Take a deployment out of the history."""
        self._database.run(
            "DELETE FROM deployments WHERE account_id = ? AND script = ? AND id = ?",
            (ref.account_id, ref.name, deployment_id),
        )

    # -- Durable Object classes

    def classes(self, ref: ScriptRef) -> dict[str, DurableClass]:
        """Return the classes of a script that hold objects, by name."""
        rows = self._database.all(
            "SELECT name, namespace_id, sqlite FROM durable_classes"
            " WHERE account_id = ? AND script = ? ORDER BY name",
            (ref.account_id, ref.name),
        )
        return {
            row["name"]: DurableClass(row["name"], row["namespace_id"], bool(row["sqlite"]))
            for row in rows
        }

    def set_classes(self, ref: ScriptRef, classes: dict[str, DurableClass]) -> None:
        """Replace the classes of a script."""
        self._database.run(
            "DELETE FROM durable_classes WHERE account_id = ? AND script = ?",
            (ref.account_id, ref.name),
        )
        for item in classes.values():
            self._database.run(
                "INSERT INTO durable_classes VALUES (?, ?, ?, ?, ?)",
                (ref.account_id, ref.name, item.name, item.namespace_id, item.sqlite),
            )

    def clear(self) -> None:
        """Forget everything."""
        self._database.run("DELETE FROM scripts")


def _script(document: str) -> Script:
    data = json.loads(document)
    return Script(**{**data, "ref": ScriptRef(**data["ref"])})
