/** What a deployment binds to the Worker. The same code runs for all tenants; this is what differs. */
import type { ChatSession } from "./objects/chat_session";
import type { RateLimiter } from "./objects/rate_limiter";

/** Vars are `unknown`: they come from configuration; `tenancy/deployment.ts` reads them before use. */
export interface Vars {
  readonly ENVIRONMENT?: unknown;
  readonly MODEL_ID?: unknown;
  readonly EMBEDDINGS_MODEL_ID?: unknown;
  readonly FALLBACK_MODEL_ID?: unknown;
  readonly MAX_REQUEST_BODY_SIZE?: unknown;
  readonly LOG_LEVEL?: unknown;
  readonly TENANT_CONFIG?: unknown;
  readonly VERSION?: unknown;
}

/** Workers AI, for models whose names come from configuration. */
export interface Models {
  run(model: string, input: object, options: object): Promise<unknown>;
}

export interface Env extends Vars {
  readonly RATE_LIMITER: KVNamespace;
  readonly CONFIG: KVNamespace;
  readonly CACHE: KVNamespace;
  readonly DB: D1Database;
  readonly CHAT_SESSION: DurableObjectNamespace<ChatSession>;
  readonly RATE_LIMITER_DO: DurableObjectNamespace<RateLimiter>;
  readonly VECTORIZE: Vectorize;
  readonly AI: Models;
}
