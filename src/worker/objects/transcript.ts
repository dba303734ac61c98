/** The turns of one chat session in SQLite: a question, and the answer beside it once there is one. */
import { utf8Length } from "../utf8";

export interface Message {
  readonly role: "user" | "assistant";
  readonly content: string;
  /** ISO 8601, UTC. */
  readonly at: string;
  /** The model that answered. */
  readonly modelId?: string;
}

interface Row extends Record<string, SqlStorageValue> {
  question: string;
  asked_at: number;
  answer: string | null;
  answered_at: number | null;
  model_id: string | null;
}

// AUTOINCREMENT: the number of a turn that was deleted is never given to another, so that an
// answer that comes late finds nothing in place of another question.
const SCHEMA = `
  CREATE TABLE IF NOT EXISTS turns (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    question TEXT NOT NULL,
    asked_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    answer TEXT,
    answered_at INTEGER,
    model_id TEXT
  )`;

/** Times are milliseconds since 1970. Nothing is written before the first question. */
export class Transcript {
  constructor(private readonly sql: SqlStorage) {}

  exists(): boolean {
    const tables = this.sql.exec("SELECT 1 FROM sqlite_master WHERE name = 'turns'");
    return tables.toArray().length > 0;
  }

  /** Adds a question; returns the number of its turn. */
  ask(question: string, now: number, retentionMs: number): number {
    this.sql.exec(SCHEMA);
    const added = this.sql.exec<{ id: number }>(
      "INSERT INTO turns (question, asked_at, expires_at) VALUES (?, ?, ?) RETURNING id",
      question,
      now,
      now + retentionMs,
    );
    return added.one().id;
  }

  /** Puts an answer beside its question, unless that has been deleted. */
  answer(turn: number, content: string, modelId: string, now: number): void {
    if (!this.exists()) return;
    const update = "UPDATE turns SET answer = ?, answered_at = ?, model_id = ? WHERE id = ?";
    this.sql.exec(update, content, now, modelId, turn);
  }

  /** Returns the newest answered turns before this one that have so many bytes (UTF-8) at most. */
  before(turn: number, bytes: number): readonly Message[] {
    const rows = this.sql.exec<Row>(
      "SELECT * FROM turns WHERE id < ? AND answer IS NOT NULL ORDER BY id DESC",
      turn,
    );
    const found: Row[] = [];
    let left = bytes;
    for (const row of rows) {
      left -= utf8Length(row.question) + utf8Length(row.answer ?? "");
      if (left < 0) break;
      found.unshift(row);
    }
    return found.flatMap(messagesOf);
  }

  /** Returns all messages, each answer after its question. */
  messages(): readonly Message[] {
    if (!this.exists()) return [];
    return this.sql.exec<Row>("SELECT * FROM turns ORDER BY id").toArray().flatMap(messagesOf);
  }

  /** Drops whole turns, the oldest first, until no more than so many messages are left. */
  trim(most: number): void {
    this.sql.exec(
      `DELETE FROM turns WHERE id IN (
        SELECT id FROM (
          SELECT id, SUM(1 + (answer IS NOT NULL)) OVER (ORDER BY id DESC) AS messages FROM turns
        ) WHERE messages > ?)`,
      most,
    );
  }

  /** Drops what was to be kept until now, or was asked before `oldest`. */
  expire(now: number, oldest: number): void {
    if (!this.exists()) return;
    this.sql.exec("DELETE FROM turns WHERE expires_at <= ? OR asked_at <= ?", now, oldest);
  }

  /** Returns when the next turn expires, or nothing where there is none. */
  nextExpiry(): number | null {
    const query = "SELECT MIN(expires_at) AS at FROM turns";
    return this.exists() ? this.sql.exec<{ at: number | null }>(query).one().at : null;
  }

  /** Drops everything but the count of turns; returns how many messages there were. */
  clear(): number {
    const count = this.messages().length;
    if (this.exists()) this.sql.exec("DELETE FROM turns");
    return count;
  }
}

function messagesOf(row: Row): Message[] {
  const asked: Message = { role: "user", content: row.question, at: iso(row.asked_at) };
  if (row.answer === null) return [asked];
  const at = iso(row.answered_at ?? row.asked_at);
  const modelId = row.model_id ?? "";
  return [asked, { role: "assistant", content: row.answer, at, modelId }];
}

const iso = (ms: number) => new Date(ms).toISOString();
