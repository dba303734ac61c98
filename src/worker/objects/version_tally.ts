/** Counts of a tenant's requests by the version that served them, in SQLite. They only grow. */
import { DAY_MS, MINUTE_MS } from "../timing";
import { bucketOf, upperBound } from "./buckets";

/** One request that a version has served. */
export interface Served {
  readonly version: string;
  /** The caller, as the rate limit tells callers apart. */
  readonly caller: string;
  readonly outcome: "answered" | "refused" | "failed";
  readonly latencyMs: number;
}

export interface VersionCounts {
  readonly id: string;
  readonly requests: number;
  readonly refused: number;
  readonly failed: number;
  /** Failures, of which those of one caller in one minute count once, whatever version served. */
  readonly errors: number;
  /** How many requests took so long or less, and longer than the bound before. */
  readonly latency: readonly { readonly upToMs: number; readonly requests: number }[];
}

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS versions (
    id TEXT PRIMARY KEY, last INTEGER NOT NULL, requests INTEGER NOT NULL,
    refused INTEGER NOT NULL, failed INTEGER NOT NULL, errors INTEGER NOT NULL
  );
  CREATE TABLE IF NOT EXISTS version_latencies (
    id TEXT NOT NULL, bucket INTEGER NOT NULL, requests INTEGER NOT NULL,
    PRIMARY KEY (id, bucket)
  )`;

const COUNT = `
  INSERT INTO versions VALUES (?, ?, 1, ?, ?, ?)
  ON CONFLICT (id) DO UPDATE SET
    last = excluded.last, requests = requests + 1, refused = refused + excluded.refused,
    failed = failed + excluded.failed, errors = errors + excluded.errors`;

const LATENCY = `
  INSERT INTO version_latencies VALUES (?, ?, 1)
  ON CONFLICT (id, bucket) DO UPDATE SET requests = requests + 1`;

type Row = Omit<VersionCounts, "latency"> & Record<string, SqlStorageValue>;
type Bucket = { id: string; bucket: number; requests: number };

/** Times are milliseconds since 1970. */
export class VersionTally {
  /** The callers for whom a request has failed in this minute; kept in no storage. */
  readonly #failing = new Set<string>();
  #minute = 0;

  constructor(private readonly sql: SqlStorage) {}

  count({ version, caller, outcome, latencyMs }: Served, now: number): void {
    this.#forget(now);
    const [refused, failed] = [Number(outcome === "refused"), Number(outcome === "failed")];
    const error = failed === 1 && this.#first(caller, now);
    this.sql.exec(COUNT, version, now, refused, failed, Number(error));
    this.sql.exec(LATENCY, version, bucketOf(latencyMs));
  }

  report(now: number): readonly VersionCounts[] {
    this.#forget(now);
    const buckets = this.sql
      .exec<Bucket>("SELECT id, bucket, requests FROM version_latencies ORDER BY bucket")
      .toArray();
    return this.sql
      .exec<Row>("SELECT id, requests, refused, failed, errors FROM versions ORDER BY last DESC")
      .toArray()
      .map((row) => ({ ...row, latency: latencyOf(row.id, buckets) }));
  }

  /** Says whether no request of this caller has failed in this minute, and remembers it. */
  #first(caller: string, now: number): boolean {
    const minute = Math.floor(now / MINUTE_MS);
    if (minute !== this.#minute) this.#failing.clear();
    this.#minute = minute;
    const first = !this.#failing.has(caller);
    this.#failing.add(caller);
    return first;
  }

  /** Drops versions that have served nothing for a day. */
  #forget(now: number): void {
    this.sql.exec(SCHEMA);
    this.sql.exec("DELETE FROM versions WHERE last < ?", now - DAY_MS);
    this.sql.exec("DELETE FROM version_latencies WHERE id NOT IN (SELECT id FROM versions)");
  }
}

function latencyOf(version: string, buckets: readonly Bucket[]): VersionCounts["latency"] {
  return buckets
    .filter(({ id }) => id === version)
    .map(({ bucket, requests }) => ({ upToMs: upperBound(bucket), requests }));
}
