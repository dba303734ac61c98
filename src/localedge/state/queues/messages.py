"""Messages of queues: sent, delivered, acknowledged, delivered again.

A message is deleted only after its consumer has said that it is done (at-least-once delivery,
https://developers.cloudflare.com/queues/reference/delivery-guarantees/). While it is being
delivered it is leased; a lease of a pull consumer ends by time, one of a Worker with the server.
"""

import time
import uuid
from collections.abc import Callable, Iterable, Sequence
from sqlite3 import Row

from localedge.state.database import Database
from localedge.state.queues import rules
from localedge.state.queues.models import Message, Metrics, NewMessage, Queue, Settlement, Verdict

SCHEMA = """
CREATE TABLE IF NOT EXISTS queue_messages (
    position INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE, queue_id TEXT NOT NULL REFERENCES queues ON DELETE CASCADE,
    content_type TEXT NOT NULL, body BLOB NOT NULL, sent_ms INTEGER NOT NULL,
    due_ms INTEGER NOT NULL, attempts INTEGER NOT NULL, lease TEXT
);
CREATE INDEX IF NOT EXISTS queue_messages_due ON queue_messages (queue_id, due_ms, position);
"""
PUSHED = "pushed"
"""The lease of a message that is being delivered to a Worker."""


class MessageStore:
    """Messages of all queues; `on_send` is called after a change that may make one due."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.on_send: Callable[[], None] = lambda: None
        database.create(SCHEMA)

    def send(self, queue: Queue, messages: Sequence[NewMessage], delay: int | None = None) -> None:
        """Store messages; raises the errors of `rules.check_messages`.

        `delay` (seconds) is for messages that name none; without it the queue's own counts.
        """
        rules.check_messages(messages)
        rules.check_delay(delay)
        sent = now_ms()
        usual = queue.settings.delivery_delay if delay is None else delay
        with self._database.transaction():
            for message in messages:
                wait = usual if message.delay is None else message.delay
                self._insert(queue.id, Message(
                    uuid.uuid4().hex, message.content_type, message.body, sent, 0
                ), sent + wait * 1000)  # fmt: skip
        self.on_send()

    def metrics(self, queue_id: str) -> Metrics:
        """Return how much the queue holds."""
        row = self._database.all(
            "SELECT count(*), coalesce(sum(length(body)), 0), coalesce(min(sent_ms), 0)"
            " FROM queue_messages WHERE queue_id = ?",
            (queue_id,),
        )[0]
        return Metrics(*row)

    def due_times(self, queue_id: str, limit: int) -> list[int]:
        """Return when the next `limit` waiting messages may be delivered, ascending."""
        rows = self._database.all(
            "SELECT due_ms FROM queue_messages WHERE queue_id = ? AND lease IS NULL"
            " ORDER BY due_ms, position LIMIT ?",
            (queue_id, limit),
        )
        return [row["due_ms"] for row in rows]

    def lease(self, queue_id: str, limit: int) -> list[Message]:
        """Take messages that are due for a delivery to a Worker."""
        with self._database.transaction():
            rows = self._due(queue_id, limit)
            for row in rows:
                self._lease(row["position"], PUSHED, row["due_ms"])
        return [_message(row, row["attempts"] + 1) for row in rows]

    def pull(self, queue_id: str, limit: int, visible_ms: int) -> list[tuple[str, Message]]:
        """Take messages that are due for a client, each with a lease of `visible_ms`."""
        with self._database.transaction():
            rows = self._due(queue_id, limit)
            leases = [uuid.uuid4().hex for _ in rows]
            for row, lease in zip(rows, leases, strict=True):
                self._lease(row["position"], lease, now_ms() + visible_ms)
        return [
            (lease, _message(row, row["attempts"] + 1))
            for row, lease in zip(rows, leases, strict=True)
        ]

    def leased(self, queue_id: str, lease: str) -> Message | None:
        """Return the message of a pull consumer's lease, if that has not ended."""
        row = self._database.one(
            "SELECT * FROM queue_messages WHERE queue_id = ? AND lease = ? AND lease != ?"
            " AND due_ms > ?",
            (queue_id, lease, PUSHED, now_ms()),
        )
        return _message(row, row["attempts"]) if row else None

    def lapsed(self, queue_id: str) -> list[Message]:
        """Return the messages whose lease to a client has ended."""
        rows = self._database.all(
            "SELECT * FROM queue_messages WHERE queue_id = ? AND lease != ? AND due_ms <= ?",
            (queue_id, PUSHED, now_ms()),
        )
        return [_message(row, row["attempts"]) for row in rows]

    def peek(self, queue_id: str, limit: int) -> list[Message]:
        """Return the oldest messages and leave them as they are."""
        rows = self._database.all(
            "SELECT * FROM queue_messages WHERE queue_id = ? ORDER BY position LIMIT ?",
            (queue_id, limit),
        )
        return [_message(row, row["attempts"]) for row in rows]

    def settle(self, settlements: Iterable[Settlement], dead_letters: Queue | None) -> None:
        """Store what became of delivered messages; `dead_letters` takes the dead ones."""
        with self._database.transaction():
            for it in settlements:
                if it.verdict == Verdict.RETRY:
                    due = now_ms() + it.delay * 1000
                    self._database.run(
                        "UPDATE queue_messages SET lease = NULL, due_ms = ? WHERE id = ?",
                        (due, it.message.id),
                    )
                    continue
                there = self._remove(it.message.id)
                if there and it.verdict == Verdict.DEAD_LETTER and dead_letters:
                    due = now_ms() + dead_letters.settings.delivery_delay * 1000
                    self._insert(dead_letters.id, it.message, due)
        self.on_send()

    def remove(self, queue_id: str, message_id: str) -> bool:
        """Delete one message; say whether it was there."""
        return bool(
            self._database.run(
                "DELETE FROM queue_messages WHERE queue_id = ? AND id = ?", (queue_id, message_id)
            )
        )

    def purge(self, queue_id: str) -> None:
        """Delete all messages of a queue."""
        self._database.run("DELETE FROM queue_messages WHERE queue_id = ?", (queue_id,))

    def expire(self, queue: Queue) -> None:
        """Delete what is older than the queue keeps messages."""
        oldest = now_ms() - queue.settings.message_retention_period * 1000
        self._database.run(
            "DELETE FROM queue_messages WHERE queue_id = ? AND sent_ms < ?", (queue.id, oldest)
        )

    def give_back(self, messages: Iterable[Message], seconds: float) -> None:
        """End the lease of messages whose delivery did not begin; they are due again later."""
        due = now_ms() + int(seconds * 1000)
        for message in messages:
            self._database.run(
                "UPDATE queue_messages SET lease = NULL, due_ms = ?, attempts = attempts - 1"
                " WHERE id = ?",
                (due, message.id),
            )

    def release_pushed(self) -> None:
        """End every lease of a Worker: the server that delivered is gone."""
        self._database.run("UPDATE queue_messages SET lease = NULL WHERE lease = ?", (PUSHED,))

    def _due(self, queue_id: str, limit: int) -> list[Row]:
        return self._database.all(
            "SELECT * FROM queue_messages WHERE queue_id = ? AND lease IS NULL AND due_ms <= ?"
            " ORDER BY due_ms, position LIMIT ?",
            (queue_id, now_ms(), limit),
        )

    def _lease(self, position: int, lease: str, due_ms: int) -> None:
        self._database.run(
            "UPDATE queue_messages SET lease = ?, due_ms = ?, attempts = attempts + 1"
            " WHERE position = ?",
            (lease, due_ms, position),
        )

    def _remove(self, message_id: str) -> int:
        return self._database.run("DELETE FROM queue_messages WHERE id = ?", (message_id,))

    def _insert(self, queue_id: str, message: Message, due_ms: int) -> None:
        self._database.run(
            "INSERT INTO queue_messages"
            " (id, queue_id, content_type, body, sent_ms, due_ms, attempts)"
            " VALUES (?, ?, ?, ?, ?, ?, 0)",
            (message.id, queue_id, message.content_type, message.body, message.sent_ms, due_ms),
        )


def now_ms() -> int:
    """Return the time in milliseconds since the epoch."""
    return time.time_ns() // 1_000_000


def _message(row: Row, attempts: int) -> Message:
    return Message(row["id"], row["content_type"], row["body"], row["sent_ms"], attempts)
