/** The only way to KV: a cache in which every key begins with its tenant. */
import type { Env } from "../env";
import type { Tenant } from "../tenancy/deployment";

/** KV's own least time to live. */
const LEAST_TTL_SECONDS = 60;

export interface Cache {
  get(key: string): Promise<unknown>;
  /** Keeps a value as JSON; at least a minute, which is KV's least. */
  put(key: string, value: unknown, ttlSeconds: number): Promise<void>;
  delete(key: string): Promise<void>;
}

/** A tenant's id holds no colon, so no two tenants can have the same key. */
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
