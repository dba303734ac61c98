/** What is to be told of a request when it has ended: one log line, and a count in the ledger. */
import type { Env } from "../env";
import { ledgerOf } from "../objects/named";
import type { Tenant } from "../tenancy/deployment";
import { log } from "./log";

/** Never holds what was said, nor a key. */
export interface Facts {
  readonly modelId?: string | null;
  readonly tokensIn?: number;
  readonly tokensOut?: number;
  readonly tokensEstimated?: boolean;
  /** US dollars; `null` where a model's price is not known. */
  readonly costUsd?: number | null;
  readonly fallbackUsed?: boolean;
  /** The error that was answered, or told at the end of a stream. */
  readonly code?: string;
  readonly cause?: string;
  /** Whether the client went away before the end. */
  readonly cancelled?: boolean;
}

/** What is found out on the way. */
export class Account {
  readonly started = Date.now();
  facts: Facts = {};
  /** Settles when the answer has been given to its end. */
  ended: Promise<void> = Promise.resolve();

  note(facts: Facts): void {
    this.facts = { ...this.facts, ...facts };
  }
}

export interface Told {
  readonly traceId: string;
  readonly method: string;
  /** The path as routes name it, without what stands in it. */
  readonly route: string | null;
  readonly status: number;
}

/** What a monitor asks says nothing of how well a version serves. */
const MONITORED = "/metrics";

/** Waits for the end of the answer, then logs and counts it. */
export async function close(
  account: Account,
  told: Told,
  env: Env,
  tenant: Tenant | undefined,
  caller: string | undefined,
): Promise<void> {
  await account.ended.catch((error: unknown) => {
    account.note({ code: "internal_error", cause: causeOf(error) });
  });
  const latencyMs = Date.now() - account.started;
  const failed = told.status >= 500 || (told.status < 400 && account.facts.code !== undefined);
  const line = { ...told, tenantId: tenant?.id ?? null, latencyMs, ...account.facts };
  log(env, failed ? "error" : "info", "request", line);
  if (!tenant) return;
  const { route, status } = told;
  const outcome = failed ? "failed" : status >= 400 ? "refused" : "answered";
  const entry = {
    route: route ?? "",
    outcome,
    latencyMs,
    tokensIn: account.facts.tokensIn ?? 0,
    tokensOut: account.facts.tokensOut ?? 0,
    costUsd: account.facts.costUsd ?? 0,
    fallback: account.facts.fallbackUsed ?? false,
  } as const;
  const version = tenant.version.id;
  const counts = caller !== undefined && route !== MONITORED;
  const served = counts ? ({ version, caller, outcome, latencyMs } as const) : undefined;
  await ledgerOf(env, tenant).count(entry, served);
}

export function causeOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
