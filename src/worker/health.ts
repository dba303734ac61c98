/** GET /health: says which version serves whom, so that a deploy can prove itself. */
import { success } from "./http/envelope";
import type { Exchange } from "./http/router";

export function health({ tenant, traceId }: Exchange): Response {
  const data = {
    status: "ok",
    tenantId: tenant.id,
    environment: tenant.environment,
    version: tenant.version,
    modelId: tenant.modelId,
    fallbackModelId: tenant.fallbackModelId,
  };
  return success(data, traceId);
}
