/** The rate limit of one caller: checked before a request is read, reported in every response. */
import type { Env } from "../env";
import { HttpError } from "../http/errors";
import { limiterOf } from "../objects/stubs";
import type { Limit, RateLimitResult } from "../objects/sliding_window";
import type { Tenant } from "../tenancy/deployment";

export async function consumeRateLimit(
  env: Env,
  tenant: Tenant,
  caller: string,
): Promise<RateLimitResult> {
  return limiterOf(env, tenant, caller).take(limitOf(tenant));
}

export function checkRateLimit(result: RateLimitResult): void {
  if (result.allowed) return;
  throw new HttpError(429, "rate_limited", "Too many requests; retry later.", {
    "retry-after": String(Math.max(seconds(result), 1)),
  });
}

export function rateLimitHeaders(result: RateLimitResult): Record<string, string> {
  return {
    "x-ratelimit-limit": String(result.limit),
    "x-ratelimit-remaining": String(result.remaining),
    "x-ratelimit-reset": String(seconds(result)),
  };
}

function limitOf({ config }: Tenant): Limit {
  const { perMinute, burst, windowSec } = config.rateLimit;
  const requests = Math.max(Math.floor((perMinute * windowSec) / 60), 1);
  return { requests, burst, windowMs: windowSec * 1_000 };
}

const seconds = ({ resetMs }: RateLimitResult) => Math.ceil(resetMs / 1_000);
