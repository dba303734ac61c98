/** Takes one request from arrival to answer; whatever happens, the answer has the agreed form. */
import type { Env } from "../env";
import { checkTurn, rateHeaders, takeTurn } from "../limits/rate";
import { log } from "../log";
import type { Verdict } from "../objects/window";
import { callerOf } from "../tenancy/caller";
import { tenantsOf, type Tenant } from "../tenancy/deployment";
import { presentedKey } from "../tenancy/keys";
import { resolveOpenly, resolveTenant } from "../tenancy/resolve";
import { checkOrigin, isPreflight, letRead, preflight } from "./cors";
import { failure } from "./envelope";
import { HttpError, publicError } from "./errors";
import { findHandler, findRoute, type Route } from "./router";
import { traceIdOf } from "./trace";

/** One request, and what is found out about it on its way, for headers and log. */
interface Visit {
  readonly request: Request;
  readonly env: Env;
  readonly ctx: ExecutionContext;
  readonly url: URL;
  readonly traceId: string;
  /** Whom it may be for: all of the deployment, until one is found. */
  tenants: readonly Tenant[];
  rate?: Verdict;
}

export async function serve(
  routes: readonly Route[],
  request: Request,
  env: Env,
  ctx: ExecutionContext,
): Promise<Response> {
  const url = new URL(request.url);
  const visit: Visit = { request, env, ctx, url, traceId: traceIdOf(request.headers), tenants: [] };
  const response = await answer(routes, visit);
  for (const [name, value] of Object.entries(visit.rate ? rateHeaders(visit.rate) : {})) {
    response.headers.set(name, value);
  }
  letRead(request, visit.tenants, response.headers);
  return request.method === "HEAD" ? new Response(null, response) : response;
}

async function answer(routes: readonly Route[], visit: Visit): Promise<Response> {
  const { request, env, ctx, traceId } = visit;
  try {
    const { route, params } = findRoute(routes, visit.url);
    visit.tenants = tenantsOf(env);
    if (isPreflight(request)) return preflight(request, route, visit.tenants);
    const handler = findHandler(route, request.method);
    const tenant = await admit(visit, route);
    return await handler({ request, env, ctx, tenant, traceId, params });
  } catch (error) {
    const shown = publicError(error);
    logFault(visit, shown, error);
    return failure(shown, traceId);
  }
}

/** Finds the tenant, and refuses whom it does not serve. */
async function admit(visit: Visit, route: Route): Promise<Tenant> {
  const { request, tenants } = visit;
  if (route.open) return resolveOpenly(request, tenants);
  const key = await presentedKey(request.headers);
  const tenant = resolveTenant(request, tenants, key);
  visit.tenants = [tenant];
  checkOrigin(request, visit.tenants);
  visit.rate = await takeTurn(visit.env, tenant, callerOf(tenant, request.headers, key));
  checkTurn(visit.rate);
  return tenant;
}

/** Logs what is the service's own fault; a client learns of it no more than that it happened. */
function logFault(visit: Visit, shown: HttpError, error: unknown): void {
  if (shown.status < 500) return;
  const cause = error instanceof Error ? (error.stack ?? error.message) : String(error);
  const { method } = visit.request;
  log(visit.env, "error", shown.code, {
    traceId: visit.traceId,
    method,
    path: visit.url.pathname,
    cause,
  });
}
