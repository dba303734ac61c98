/** The rate limit of one caller: asked before a request is read, told in every answer. */
import type { Env } from "../env";
import { HttpError } from "../http/errors";
import { limiterOf } from "../objects/named";
import type { Limit, Verdict } from "../objects/window";
import type { Tenant } from "../tenancy/deployment";

export async function takeTurn(env: Env, tenant: Tenant, caller: string): Promise<Verdict> {
  return limiterOf(env, tenant, caller).take(limitOf(tenant));
}

export function checkTurn(verdict: Verdict): void {
  if (verdict.allowed) return;
  throw new HttpError(429, "rate_limited", "Too many requests; come again later.", {
    "retry-after": String(Math.max(seconds(verdict), 1)),
  });
}

export function rateHeaders(verdict: Verdict): Record<string, string> {
  return {
    "x-ratelimit-limit": String(verdict.limit),
    "x-ratelimit-remaining": String(verdict.remaining),
    "x-ratelimit-reset": String(seconds(verdict)),
  };
}

function limitOf({ config }: Tenant): Limit {
  const { perMinute, burst, windowSec } = config.rateLimit;
  const requests = Math.max(Math.floor((perMinute * windowSec) / 60), 1);
  return { requests, burst, windowMs: windowSec * 1_000 };
}

const seconds = ({ resetMs }: Verdict) => Math.ceil(resetMs / 1_000);
