/** A sliding window in SQLite: every request that was let through is counted, to the millisecond. */

/** So long is "at once": no more than a burst passes in it. */
const BURST_MS = 1_000;

export interface Limit {
  /** Requests in any window. */
  readonly requests: number;
  readonly windowMs: number;
  /** Requests in any second. */
  readonly burst: number;
}

export interface Verdict {
  readonly allowed: boolean;
  readonly limit: number;
  /** How many more would be let through at once. */
  readonly remaining: number;
  /** When the next one is let through, or where one is now: when a place becomes free again. */
  readonly resetMs: number;
}

interface Counted extends Record<string, SqlStorageValue> {
  requests: number;
  first: number | null;
  recent: number;
  first_recent: number | null;
}

const SCHEMA = "CREATE TABLE IF NOT EXISTS requests (at INTEGER NOT NULL, until INTEGER NOT NULL)";

/** Times are milliseconds since 1970. */
export class SlidingWindow {
  constructor(private readonly sql: SqlStorage) {}

  /** Lets a request through and counts it, or does neither. */
  take(limit: Limit, now: number): Verdict {
    this.sql.exec(SCHEMA);
    const after = now - limit.windowMs;
    this.sql.exec("DELETE FROM requests WHERE until <= ? OR at <= ?", now, after);
    const counted = this.#count(now - BURST_MS);
    const free = Math.min(limit.requests - counted.requests, limit.burst - counted.recent);
    if (free > 0) {
      const insert = "INSERT INTO requests (at, until) VALUES (?, ?)";
      this.sql.exec(insert, now, now + limit.windowMs);
    }
    const remaining = Math.max(free - 1, 0);
    const resetMs = Math.max(resetOf(limit, counted, now), 0);
    return { allowed: free > 0, limit: limit.requests, remaining, resetMs };
  }

  /** Forgets what no window holds any more; returns when the last of the rest will be over. */
  expire(now: number): number | null {
    this.sql.exec(SCHEMA);
    this.sql.exec("DELETE FROM requests WHERE until <= ?", now);
    return this.sql.exec<{ at: number | null }>("SELECT MAX(until) AS at FROM requests").one().at;
  }

  #count(recently: number): Counted {
    return this.sql
      .exec<Counted>(
        `SELECT COUNT(*) AS requests, MIN(at) AS first, COALESCE(SUM(at > ?1), 0) AS recent,
          MIN(CASE WHEN at > ?1 THEN at END) AS first_recent FROM requests`,
        recently,
      )
      .one();
  }
}

/** Both windows must have a free place. */
function resetOf({ requests, windowMs, burst }: Limit, counted: Counted, now: number): number {
  const full = counted.requests >= requests || counted.recent < burst;
  const window = (counted.first ?? now) + windowMs;
  const second = counted.recent >= burst ? (counted.first_recent ?? now) + BURST_MS : 0;
  return Math.max(full ? window : 0, second) - now;
}
