"""Queues and their consumers."""

import json
import uuid
from collections.abc import Sequence
from dataclasses import asdict, replace
from typing import Any

from localedge.state.database import Database
from localedge.state.queues.models import Consumer, ConsumerSettings, Queue, QueueSettings
from localedge.state.timestamps import now
from localedge.wire.jobs.queue_errors import (
    ConsumerExists,
    ConsumerNotFound,
    QueueExists,
    QueueNotFound,
)

SCHEMA = """
CREATE TABLE IF NOT EXISTS queues (
    id TEXT PRIMARY KEY, account_id TEXT NOT NULL, name TEXT NOT NULL, created_on TEXT NOT NULL,
    modified_on TEXT NOT NULL, settings TEXT NOT NULL, purged_on TEXT,
    UNIQUE (account_id, name)
);
CREATE TABLE IF NOT EXISTS queue_consumers (
    id TEXT PRIMARY KEY, queue_id TEXT NOT NULL UNIQUE REFERENCES queues ON DELETE CASCADE,
    type TEXT NOT NULL, script TEXT NOT NULL, dead_letter_queue TEXT NOT NULL,
    created_on TEXT NOT NULL, settings TEXT NOT NULL
);
"""


class QueueStore:
    """Queues by account and name; each has one consumer at most."""

    def __init__(self, database: Database) -> None:
        self._database = database
        database.create(SCHEMA)

    def of_account(self, account_id: str) -> list[Queue]:
        """Return the queues of an account, by name."""
        rows = self._database.all(
            "SELECT * FROM queues WHERE account_id = ? ORDER BY name", (account_id,)
        )
        return [_queue(dict(row)) for row in rows]

    def named(self, account_id: str, name: str) -> Queue | None:
        """Return the queue of this name."""
        row = self._database.one(
            "SELECT * FROM queues WHERE account_id = ? AND name = ?", (account_id, name)
        )
        return _queue(dict(row)) if row else None

    def find(self, account_id: str, queue_id: str) -> Queue | None:
        """Return the queue of this id."""
        row = self._database.one(
            "SELECT * FROM queues WHERE account_id = ? AND id = ?", (account_id, queue_id)
        )
        return _queue(dict(row)) if row else None

    def require(self, account_id: str, queue_id: str) -> Queue:
        """Return the queue of this id; raises `QueueNotFound`."""
        found = self.find(account_id, queue_id)
        if found is None:
            raise QueueNotFound
        return found

    def add(self, account_id: str, name: str, settings: QueueSettings | None = None) -> Queue:
        """Make a queue; raises `QueueExists`."""
        if self.named(account_id, name):
            raise QueueExists(f"Queue name '{name}' is already taken.")
        made = Queue(account_id, uuid.uuid4().hex, name, now(), now(), settings or QueueSettings())
        self._write(made)
        return made

    def ensure(self, account_id: str, name: str) -> Queue:
        """Return the queue of this name, a new one where there is none."""
        return self.named(account_id, name) or self.add(account_id, name)

    def change(self, queue: Queue, *, name: str, settings: QueueSettings) -> Queue:
        """Change name and settings; raises `QueueExists` where the name is another queue's."""
        same = self.named(queue.account_id, name)
        if same and same.id != queue.id:
            raise QueueExists(f"Queue name '{name}' is already taken.")
        changed = replace(queue, name=name, settings=settings, modified_on=now())
        self._write(changed)
        return changed

    def mark_purged(self, queue: Queue) -> Queue:
        """Note that the queue's messages were deleted now."""
        changed = replace(queue, purged_on=now())
        self._write(changed)
        return changed

    def remove(self, queue: Queue) -> None:
        """Delete a queue with its consumer and its messages."""
        self._database.run("DELETE FROM queues WHERE id = ?", (queue.id,))

    # -- consumers

    def consumer(self, queue_id: str) -> Consumer | None:
        """Return the consumer of a queue."""
        row = self._database.one("SELECT * FROM queue_consumers WHERE queue_id = ?", (queue_id,))
        return _consumer(dict(row)) if row else None

    def require_consumer(self, queue: Queue, consumer_id: str) -> Consumer:
        """Return the consumer of this id; raises `ConsumerNotFound`."""
        found = self.consumer(queue.id)
        if found is None or found.id != consumer_id:
            raise ConsumerNotFound
        return found

    def consumed(self) -> list[tuple[Queue, Consumer]]:
        """Return every queue of any account that has a consumer."""
        rows = self._database.all(
            "SELECT queues.* FROM queues JOIN queue_consumers ON queue_id = queues.id"
        )
        queues = [_queue(dict(row)) for row in rows]
        return [(queue, found) for queue in queues if (found := self.consumer(queue.id))]

    def consumed_by(self, account_id: str, script: str) -> list[Queue]:
        """Return the queues that a script consumes."""
        return [
            queue
            for queue, consumer in self.consumed()
            if queue.account_id == account_id and consumer.script == script
        ]

    def add_consumer(self, consumer: Consumer) -> None:
        """Give a queue its consumer; raises `ConsumerExists` where it has one."""
        if self.consumer(consumer.queue_id):
            raise ConsumerExists
        self._write_consumer(consumer)

    def change_consumer(self, consumer: Consumer) -> None:
        """Store a changed consumer."""
        self._write_consumer(consumer)

    def remove_consumer(self, consumer: Consumer) -> None:
        """Take the consumer from its queue; the messages stay."""
        self._database.run("DELETE FROM queue_consumers WHERE id = ?", (consumer.id,))

    def remove_consumers(self, queues: Sequence[Queue]) -> None:
        """Take the consumer of each queue away; the messages stay."""
        for queue in queues:
            self._database.run("DELETE FROM queue_consumers WHERE queue_id = ?", (queue.id,))

    def clear(self) -> None:
        """Forget everything."""
        self._database.run("DELETE FROM queues")

    def _write(self, queue: Queue) -> None:
        settings = json.dumps(asdict(queue.settings))
        self._database.run(
            "INSERT INTO queues VALUES (?, ?, ?, ?, ?, ?, ?)"
            " ON CONFLICT (id) DO UPDATE SET name = excluded.name, settings = excluded.settings,"
            " modified_on = excluded.modified_on, purged_on = excluded.purged_on",
            (queue.id, queue.account_id, queue.name, queue.created_on, queue.modified_on, settings,
             queue.purged_on),
        )  # fmt: skip

    def _write_consumer(self, consumer: Consumer) -> None:
        self._database.run(
            "INSERT OR REPLACE INTO queue_consumers VALUES (?, ?, ?, ?, ?, ?, ?)",
            (consumer.id, consumer.queue_id, consumer.type, consumer.script,
             consumer.dead_letter_queue, consumer.created_on,
             json.dumps(asdict(consumer.settings))),
        )  # fmt: skip


def _queue(row: dict[str, Any]) -> Queue:
    return Queue(**{**row, "settings": QueueSettings(**json.loads(row["settings"]))})


def _consumer(row: dict[str, Any]) -> Consumer:
    return Consumer(**{**row, "settings": ConsumerSettings(**json.loads(row["settings"]))})
