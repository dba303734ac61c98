/** Selects the models of a request, in order. */
import { HttpError } from "../http/errors";
import type { Tenant } from "../tenancy/deployment";

/**
 * The request's model takes precedence over the environment's, which takes precedence over the
 * tenant's (see `tenancy/deployment.ts`); the fallback model follows if it is a different one.
 */
export function modelsFor(tenant: Tenant, wanted: string | undefined): readonly string[] {
  if (wanted !== undefined && !isAllowed(tenant, wanted)) {
    throw new HttpError(400, "model_not_allowed", "modelId is not a chat model of this tenant.");
  }
  const first = wanted ?? tenant.modelId;
  const { fallbackModelId } = tenant;
  return fallbackModelId === null || fallbackModelId === first ? [first] : [first, fallbackModelId];
}

const isAllowed = ({ config, embeddingsModelId }: Tenant, model: string) =>
  config.allowedModels.includes(model) && model !== embeddingsModelId;
