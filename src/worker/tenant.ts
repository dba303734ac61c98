/** Whom this deployment serves: read from the vars for each request, handed on as an argument. */
import type { Vars } from "./env";
import { HttpError } from "./http/errors";
import {
  count,
  flag,
  listOf,
  optional,
  type ReadBy,
  shape,
  ShapeError,
  string,
  tableOf,
  text,
} from "./shape";

const tenantConfig = shape({
  tenantId: text,
  aiGatewayId: text,
  aiModels: shape({ chat: text, embeddings: text }),
  allowedModels: listOf(text),
  vectorizeNamespace: text,
  rateLimit: shape({ perMinute: count, burst: count, windowSec: count }),
  tokenBudget: shape({ daily: count, monthly: count }),
  sessionRetentionDays: count,
  maxMessagesPerSession: count,
  featureFlags: tableOf(flag),
  allowedHosts: listOf(text),
  apiKeyDigests: listOf(text),
});

const deployment = shape({
  TENANT_CONFIG: tenantConfig,
  ENVIRONMENT: text,
  VERSION: shape({ id: text, tag: string }),
  MODEL_ID: optional(text),
  EMBEDDINGS_MODEL_ID: optional(text),
  FALLBACK_MODEL_ID: optional(text),
});

/** A tenant's public configuration: tenant.config.json without what only a deploy needs. */
export type TenantConfig = ReadBy<typeof tenantConfig>;

export interface Tenant {
  readonly id: string;
  readonly environment: string;
  /** The version of the Worker that serves, as Cloudflare names it; the tag may be empty. */
  readonly version: { readonly id: string; readonly tag: string };
  readonly modelId: string;
  readonly embeddingsModelId: string;
  readonly fallbackModelId: string | null;
  readonly config: TenantConfig;
}

/** Reads the tenant; a var of the environment wins over the tenant's own setting. */
export function tenantOf(vars: Vars): Tenant {
  const found = readDeployment(vars);
  const config = found.TENANT_CONFIG;
  return {
    id: config.tenantId,
    environment: found.ENVIRONMENT,
    version: found.VERSION,
    modelId: found.MODEL_ID ?? config.aiModels.chat,
    embeddingsModelId: found.EMBEDDINGS_MODEL_ID ?? config.aiModels.embeddings,
    fallbackModelId: found.FALLBACK_MODEL_ID ?? null,
    config,
  };
}

function readDeployment(vars: Vars): ReadBy<typeof deployment> {
  try {
    return deployment(vars, "");
  } catch (error) {
    if (error instanceof ShapeError) throw new HttpError(503, "misconfigured", error.message);
    throw error;
  }
}
