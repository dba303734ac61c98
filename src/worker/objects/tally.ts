/** Counts of a tenant's requests over the last day, by hour, in SQLite. */
import { bucketOf, upperBound } from "./buckets";

export interface Entry {
  readonly route: string;
  readonly outcome: "answered" | "refused" | "failed";
  readonly latencyMs: number;
  readonly tokensIn: number;
  readonly tokensOut: number;
  readonly costUsd: number;
  readonly fallback: boolean;
}

export interface Counts {
  readonly requests: number;
  readonly refused: number;
  readonly failed: number;
  readonly tokensIn: number;
  readonly tokensOut: number;
  readonly costUsd: number;
  readonly fallbacks: number;
}

export interface Report {
  /** The first hour that is counted, milliseconds since 1970. */
  readonly since: number;
  readonly routes: readonly (Counts & { readonly route: string })[];
  /** Upper bounds, at most a fifth above the true value; 0 where nothing was counted. */
  readonly latencyMs: { readonly p50: number; readonly p95: number; readonly p99: number };
}

const HOUR_MS = 3_600_000;
const HOURS = 24;

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS counts (
    hour INTEGER NOT NULL, route TEXT NOT NULL,
    requests INTEGER NOT NULL, refused INTEGER NOT NULL, failed INTEGER NOT NULL,
    tokens_in INTEGER NOT NULL, tokens_out INTEGER NOT NULL,
    cost REAL NOT NULL, fallbacks INTEGER NOT NULL,
    PRIMARY KEY (hour, route)
  );
  CREATE TABLE IF NOT EXISTS latencies (
    hour INTEGER NOT NULL, bucket INTEGER NOT NULL, requests INTEGER NOT NULL,
    PRIMARY KEY (hour, bucket)
  )`;

const COUNT = `
  INSERT INTO counts VALUES (?, ?, 1, ?, ?, ?, ?, ?, ?)
  ON CONFLICT (hour, route) DO UPDATE SET
    requests = requests + 1, refused = refused + excluded.refused,
    failed = failed + excluded.failed, tokens_in = tokens_in + excluded.tokens_in,
    tokens_out = tokens_out + excluded.tokens_out, cost = cost + excluded.cost,
    fallbacks = fallbacks + excluded.fallbacks`;

const LATENCY = `
  INSERT INTO latencies VALUES (?, ?, 1)
  ON CONFLICT (hour, bucket) DO UPDATE SET requests = requests + 1`;

const REPORT = `
  SELECT route, SUM(requests) AS requests, SUM(refused) AS refused, SUM(failed) AS failed,
    SUM(tokens_in) AS tokensIn, SUM(tokens_out) AS tokensOut, SUM(cost) AS costUsd,
    SUM(fallbacks) AS fallbacks
  FROM counts GROUP BY route ORDER BY route`;

type Row = { [K in keyof Counts]: number } & { route: string };
type Bucket = { bucket: number; requests: number };

/** Times are milliseconds since 1970. */
export class Tally {
  constructor(private readonly sql: SqlStorage) {}

  count(entry: Entry, now: number): void {
    const hour = this.#forget(now);
    const { route, outcome, tokensIn, tokensOut, costUsd, fallback } = entry;
    const [refused, failed] = [Number(outcome === "refused"), Number(outcome === "failed")];
    const more = [refused, failed, tokensIn, tokensOut, costUsd, Number(fallback)];
    this.sql.exec(COUNT, hour, route, ...more);
    this.sql.exec(LATENCY, hour, bucketOf(entry.latencyMs));
  }

  report(now: number): Report {
    const since = (this.#forget(now) - HOURS + 1) * HOUR_MS;
    const routes = this.sql.exec<Row>(REPORT).toArray();
    const query = "SELECT bucket, SUM(requests) AS requests FROM latencies GROUP BY bucket ORDER BY 1";
    const buckets = this.sql.exec<Bucket>(query).toArray();
    const [p50, p95, p99] = [0.5, 0.95, 0.99].map((share) => percentile(buckets, share));
    return { since, routes, latencyMs: { p50: p50 ?? 0, p95: p95 ?? 0, p99: p99 ?? 0 } };
  }

  /** Drops hours that are over; returns the number of this one. */
  #forget(now: number): number {
    this.sql.exec(SCHEMA);
    const hour = Math.floor(now / HOUR_MS);
    for (const table of ["counts", "latencies"]) {
      this.sql.exec(`DELETE FROM ${table} WHERE hour <= ?`, hour - HOURS);
    }
    return hour;
  }
}

function percentile(buckets: readonly Bucket[], share: number): number {
  let left = share * buckets.reduce((sum, { requests }) => sum + requests, 0);
  for (const { bucket, requests } of buckets) {
    left -= requests;
    if (left <= 0) return upperBound(bucket);
  }
  return 0;
}
