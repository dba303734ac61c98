/** A cache in KV; every key begins with its tenant. Nothing else uses KV. */
import type { Env } from "../env";
import type { Tenant } from "../tenancy/deployment";

/** KV's minimum time to live. */
const LEAST_TTL_SECONDS = 60;

export interface Cache {
  get(key: string): Promise<unknown>;
  /** Stores a value as JSON, for at least KV's minimum of a minute. */
  put(key: string, value: unknown, ttlSeconds: number): Promise<void>;
  delete(key: string): Promise<void>;
}

/** A tenant's id contains no colon, so keys of different tenants never collide. */
export function cacheOf(env: Env, tenant: Tenant): Cache {
  const name = (key: string) => `${tenant.id}:${key}`;
  return {
    get: (key) => env.CACHE.get(name(key), "json"),
    put: (key, value, ttlSeconds) =>
      env.CACHE.put(name(key), JSON.stringify(value), {
        expirationTtl: Math.max(ttlSeconds, LEAST_TTL_SECONDS),
      }),
    delete: (key) => env.CACHE.delete(name(key)),
  };
}
