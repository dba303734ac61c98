/** The only way to a Durable Object: by a name that begins with its tenant. */
import type { Env } from "../env";
import type { Tenant } from "../tenancy/deployment";
import { DAY_MS } from "../timing";
import type { ChatSession, Keeping } from "./chat_session";
import type { RateLimiter } from "./rate_limiter";

export function sessionOf(
  env: Env,
  tenant: Tenant,
  sessionId: string,
): DurableObjectStub<ChatSession> {
  return named(env.CHAT_SESSION, tenant, sessionId);
}

/** `caller` is of `tenancy/caller.ts`. */
export function limiterOf(
  env: Env,
  tenant: Tenant,
  caller: string,
): DurableObjectStub<RateLimiter> {
  return named(env.RATE_LIMITER_DO, tenant, caller);
}

/** Has no `@` and no `/`, of which every caller's name has one. */
const LEDGER = "ledger";

export function ledgerOf(env: Env, tenant: Tenant): DurableObjectStub<RateLimiter> {
  return named(env.RATE_LIMITER_DO, tenant, LEDGER);
}

export function keepingOf({ config }: Tenant): Keeping {
  return {
    maxMessages: config.maxMessagesPerSession,
    retentionMs: config.sessionRetentionDays * DAY_MS,
  };
}

/** A tenant's id holds no colon, so no two tenants can have the same name. */
function named<T extends Rpc.DurableObjectBranded | undefined>(
  namespace: DurableObjectNamespace<T>,
  tenant: Tenant,
  name: string,
): DurableObjectStub<T> {
  return namespace.get(namespace.idFromName(`${tenant.id}:${name}`));
}
