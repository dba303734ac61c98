/** GET /health: says which version serves whom, so that a deploy can prove itself. */
import type { Env } from "./env";
import { success } from "./http/envelope";
import type { Exchange } from "./http/router";

const BINDINGS = [
  "RATE_LIMITER",
  "CONFIG",
  "CACHE",
  "DB",
  "CHAT_SESSION",
  "RATE_LIMITER_DO",
  "VECTORIZE",
  "AI",
] as const satisfies readonly (keyof Env)[];

export function health({ env, tenant, traceId }: Exchange): Response {
  const missing = BINDINGS.filter((name) => env[name] === undefined);
  const data = {
    status: "ok",
    ready: missing.length === 0,
    missing,
    tenantId: tenant.id,
    environment: tenant.environment,
    version: tenant.version,
    modelId: tenant.modelId,
    fallbackModelId: tenant.fallbackModelId,
  };
  return success(data, traceId);
}
