/** Which models a request asks, in order. */
import { HttpError } from "../http/errors";
import type { Tenant } from "../tenancy/deployment";

/**
 * The model of the request wins over the environment's, and that over the tenant's own (see
 * `tenancy/deployment.ts`); the fallback model follows where it is another one.
 */
export function modelsFor(tenant: Tenant, wanted: string | undefined): readonly string[] {
  if (wanted !== undefined && !isAllowed(tenant, wanted)) {
    throw new HttpError(400, "model_not_allowed", "modelId is no chat model of this tenant's.");
  }
  const first = wanted ?? tenant.modelId;
  const { fallbackModelId } = tenant;
  return fallbackModelId === null || fallbackModelId === first ? [first] : [first, fallbackModelId];
}

const isAllowed = ({ config, embeddingsModelId }: Tenant, model: string) =>
  config.allowedModels.includes(model) && model !== embeddingsModelId;
