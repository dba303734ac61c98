/** Serves one request; every response, errors included, has the documented envelope. */
import type { Env } from "../env";
import { checkRateLimit, rateLimitHeaders, consumeRateLimit } from "../limits/rate_limit";
import type { RateLimitResult } from "../objects/sliding_window";
import { RequestLog, causeOf, logRequest } from "../observe/request_log";
import { callerOf } from "../tenancy/caller";
import { tenantsOf, type Tenant } from "../tenancy/deployment";
import { presentedKey } from "../tenancy/keys";
import { resolveOpenly, resolveTenant } from "../tenancy/resolve";
import { checkOrigin, isPreflight, addCorsHeaders, preflight } from "./cors";
import { failure } from "./envelope";
import { publicError } from "./errors";
import { findHandler, findRoute, type Match, type Route } from "./router";
import { traceIdOf } from "./trace";

/** One request and what is known about it so far, for response headers and the log. */
interface RequestState {
  readonly request: Request;
  readonly env: Env;
  readonly ctx: ExecutionContext;
  readonly traceId: string;
  readonly requestLog: RequestLog;
  match?: Match;
  /** The candidates: every tenant of the deployment, until the request is resolved to one. */
  tenants: readonly Tenant[];
  tenant?: Tenant;
  rate?: RateLimitResult;
}

export async function serve(
  routes: readonly Route[],
  request: Request,
  env: Env,
  ctx: ExecutionContext,
): Promise<Response> {
  const traceId = traceIdOf(request.headers);
  const requestLog = new RequestLog();
  const state: RequestState = { request, env, ctx, traceId, requestLog, tenants: [] };
  const response = await answer(routes, state);
  for (const [name, value] of Object.entries(state.rate ? rateLimitHeaders(state.rate) : {})) {
    response.headers.set(name, value);
  }
  addCorsHeaders(request, state.tenants, response.headers);
  ctx.waitUntil(logAtEnd(state, response.status));
  return request.method === "HEAD" ? new Response(null, response) : response;
}

async function answer(routes: readonly Route[], state: RequestState): Promise<Response> {
  const { request, env, ctx, traceId, requestLog } = state;
  try {
    state.match = findRoute(routes, new URL(request.url));
    const { route, params } = state.match;
    state.tenants = tenantsOf(env);
    if (isPreflight(request)) return preflight(request, route, state.tenants);
    const handler = findHandler(route, request.method);
    const tenant = await admit(state, route);
    return await handler({ request, env, ctx, tenant, traceId, params, requestLog });
  } catch (error) {
    const shown = publicError(error);
    requestLog.note({ code: shown.code });
    if (shown.status === 500 || shown.code === "misconfigured") {
      requestLog.note({ cause: causeOf(error) });
    }
    return failure(shown, traceId);
  }
}

/** Resolves the tenant; checks the API key, the origin and the rate limit. */
async function admit(state: RequestState, route: Route): Promise<Tenant> {
  const { request, tenants, env } = state;
  if (route.open) return resolveOpenly(request, tenants);
  const key = await presentedKey(request.headers);
  const tenant = resolveTenant(request, tenants, key);
  state.tenant = tenant;
  state.tenants = [tenant];
  checkOrigin(request, state.tenants);
  state.rate = await consumeRateLimit(env, tenant, callerOf(tenant, request.headers, key));
  checkRateLimit(state.rate);
  return tenant;
}

function logAtEnd(state: RequestState, status: number): Promise<void> {
  const { request, env, traceId, requestLog, match, tenant } = state;
  const summary = { traceId, method: request.method, route: match?.route.path ?? null, status };
  return logRequest(requestLog, summary, env, tenant);
}
