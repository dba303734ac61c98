/** The log line of a finished request, and its count in the tenant's ledger. */
import type { Env } from "../env";
import { ledgerOf } from "../objects/stubs";
import type { Tenant } from "../tenancy/deployment";
import { log } from "./log";

/** Holds no message text and no API key. */
export interface RequestLogFields {
  readonly modelId?: string | null;
  readonly tokensIn?: number;
  readonly tokensOut?: number;
  readonly tokensEstimated?: boolean;
  /** US dollars; `null` if a model's price is unknown. */
  readonly costUsd?: number | null;
  readonly fallbackUsed?: boolean;
  /** The error of the response, or of the end of a stream. */
  readonly code?: string;
  readonly cause?: string;
  /** Whether the client disconnected before the end. */
  readonly cancelled?: boolean;
}

/** Collects the fields of one request while it is served. */
export class RequestLog {
  readonly started = Date.now();
  fields: RequestLogFields = {};
  /** Settles when the response has been sent completely. */
  finished: Promise<void> = Promise.resolve();

  note(fields: RequestLogFields): void {
    this.fields = { ...this.fields, ...fields };
  }
}

export interface RequestSummary {
  readonly traceId: string;
  readonly method: string;
  /** The path pattern of the route, without parameter values. */
  readonly route: string | null;
  readonly status: number;
}

/** Waits for the end of the response, then logs and counts the request. */
export async function logRequest(
  requestLog: RequestLog,
  summary: RequestSummary,
  env: Env,
  tenant: Tenant | undefined,
): Promise<void> {
  await requestLog.finished.catch((error: unknown) => {
    requestLog.note({ code: "internal_error", cause: causeOf(error) });
  });
  const latencyMs = Date.now() - requestLog.started;
  const failed =
    summary.status >= 500 || (summary.status < 400 && requestLog.fields.code !== undefined);
  const line = { ...summary, tenantId: tenant?.id ?? null, latencyMs, ...requestLog.fields };
  log(env, failed ? "error" : "info", "request", line);
  if (!tenant) return;
  const { route, status } = summary;
  await ledgerOf(env, tenant).count({
    route: route ?? "",
    outcome: failed ? "failed" : status >= 400 ? "refused" : "answered",
    latencyMs,
    tokensIn: requestLog.fields.tokensIn ?? 0,
    tokensOut: requestLog.fields.tokensOut ?? 0,
    costUsd: requestLog.fields.costUsd ?? 0,
    fallback: requestLog.fields.fallbackUsed ?? false,
  });
}

export function causeOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
