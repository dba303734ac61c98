/** Whom this deployment serves: read from the vars for each request, handed on as an argument. */
import * as v from "valibot";
import type { Vars } from "../env";
import { HttpError } from "../http/errors";
import { count, flag, InvalidValue, listOf, object, parse, string, text } from "../validate";

const DIGEST = "a SHA-256 digest in lower-case hexadecimal";
const BYTES = "a number of bytes from 1 to 104857600";
const DEFAULT_BODY_BYTES = 1_048_576;

const tenantConfig = object({
  tenantId: text,
  aiGatewayId: text,
  aiModels: object({ chat: text, embeddings: text }),
  allowedModels: listOf(text),
  vectorizeNamespace: text,
  rateLimit: object({ perMinute: count, burst: count, windowSec: count }),
  tokenBudget: object({ daily: count, monthly: count }),
  sessionRetentionDays: count,
  maxMessagesPerSession: count,
  featureFlags: v.record(v.string(), flag, "an object"),
  allowedHosts: listOf(text),
  apiKeyDigests: listOf(v.pipe(v.string(DIGEST), v.regex(/^[0-9a-f]{64}$/, DIGEST))),
});
const several = v.pipe(listOf(tenantConfig), v.minLength(1, "a list that is not empty"));

const deployment = object({
  TENANT_CONFIG: v.lazy((value) => (Array.isArray(value) ? several : tenantConfig)),
  ENVIRONMENT: text,
  VERSION: object({ id: text, tag: string }),
  MODEL_ID: v.optional(text),
  EMBEDDINGS_MODEL_ID: v.optional(text),
  FALLBACK_MODEL_ID: v.optional(text),
  MAX_REQUEST_BODY_SIZE: v.optional(
    v.pipe(
      v.union([v.number(), v.pipe(v.string(), v.regex(/^\d{1,12}$/), v.transform(Number))], BYTES),
      v.integer(BYTES),
      v.minValue(1, BYTES),
      v.maxValue(104_857_600, BYTES),
    ),
    DEFAULT_BODY_BYTES,
  ),
});

/** A tenant's public configuration: tenant.config.json without what only a deploy needs. */
export type TenantConfig = v.InferOutput<typeof tenantConfig>;
type Found = v.InferOutput<typeof deployment>;

export interface Tenant {
  readonly id: string;
  readonly environment: string;
  /** The version of the Worker that serves, as Cloudflare names it; the tag may be empty. */
  readonly version: { readonly id: string; readonly tag: string };
  readonly modelId: string;
  readonly embeddingsModelId: string;
  readonly fallbackModelId: string | null;
  readonly maxBodyBytes: number;
  readonly config: TenantConfig;
}

/**
 * Reads the tenants of the deployment, usually one; a var of the environment wins over a tenant's
 * own setting. Throws `misconfigured` for vars that cannot be used.
 */
export function tenantsOf(vars: Vars): readonly Tenant[] {
  const found = read(vars);
  const configs: readonly TenantConfig[] = [found.TENANT_CONFIG].flat();
  if (new Set(configs.map(({ tenantId }) => tenantId)).size < configs.length) {
    throw misconfigured("TENANT_CONFIG must be a list of different tenants");
  }
  return configs.map((config) => tenant(found, config));
}

function tenant(found: Found, config: TenantConfig): Tenant {
  return {
    id: config.tenantId,
    environment: found.ENVIRONMENT,
    version: found.VERSION,
    modelId: found.MODEL_ID ?? config.aiModels.chat,
    embeddingsModelId: found.EMBEDDINGS_MODEL_ID ?? config.aiModels.embeddings,
    fallbackModelId: found.FALLBACK_MODEL_ID ?? null,
    maxBodyBytes: found.MAX_REQUEST_BODY_SIZE,
    config,
  };
}

function read(vars: Vars): Found {
  try {
    return parse(deployment, vars);
  } catch (error) {
    if (error instanceof InvalidValue) throw misconfigured(error.message);
    throw error;
  }
}

const misconfigured = (message: string) => new HttpError(503, "misconfigured", message);
