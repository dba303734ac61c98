/** Stubs of Durable Objects; every name begins with its tenant. Nothing else creates stubs. */
import type { Env } from "../env";
import type { Tenant } from "../tenancy/deployment";
import { DAY_MS } from "../timing";
import type { ChatSession, Retention } from "./chat_session";
import type { RateLimiter } from "./rate_limiter";

export function sessionOf(
  env: Env,
  tenant: Tenant,
  sessionId: string,
): DurableObjectStub<ChatSession> {
  return named(env.CHAT_SESSION, tenant, sessionId);
}

/** `caller` comes from `tenancy/caller.ts`. */
export function limiterOf(
  env: Env,
  tenant: Tenant,
  caller: string,
): DurableObjectStub<RateLimiter> {
  return named(env.RATE_LIMITER_DO, tenant, caller);
}

/** No caller has this name: every caller's name contains `@` or `/`. */
const LEDGER = "ledger";

export function ledgerOf(env: Env, tenant: Tenant): DurableObjectStub<RateLimiter> {
  return named(env.RATE_LIMITER_DO, tenant, LEDGER);
}

export function retentionOf({ config }: Tenant): Retention {
  return {
    maxMessages: config.maxMessagesPerSession,
    retentionMs: config.sessionRetentionDays * DAY_MS,
  };
}

/** A tenant's id contains no colon, so names of different tenants never collide. */
function named<T extends Rpc.DurableObjectBranded | undefined>(
  namespace: DurableObjectNamespace<T>,
  tenant: Tenant,
  name: string,
): DurableObjectStub<T> {
  return namespace.get(namespace.idFromName(`${tenant.id}:${name}`));
}
