/** Takes one request from arrival to answer; whatever happens, the answer has the agreed form. */
import type { Env } from "../env";
import { checkTurn, rateHeaders, takeTurn } from "../limits/rate";
import type { Verdict } from "../objects/window";
import { Account, causeOf, close } from "../observe/account";
import { callerOf } from "../tenancy/caller";
import { tenantsOf, type Tenant } from "../tenancy/deployment";
import { presentedKey } from "../tenancy/keys";
import { resolveOpenly, resolveTenant } from "../tenancy/resolve";
import { checkOrigin, isPreflight, letRead, preflight } from "./cors";
import { failure } from "./envelope";
import { publicError } from "./errors";
import { findHandler, findRoute, type Match, type Route } from "./router";
import { traceIdOf } from "./trace";

/** One request, and what is found out about it on its way, for headers and log. */
interface Visit {
  readonly request: Request;
  readonly env: Env;
  readonly ctx: ExecutionContext;
  readonly traceId: string;
  readonly account: Account;
  match?: Match;
  /** Whom it may be for: all of the deployment, until one is found. */
  tenants: readonly Tenant[];
  tenant?: Tenant;
  caller?: string;
  rate?: Verdict;
}

export async function serve(
  routes: readonly Route[],
  request: Request,
  env: Env,
  ctx: ExecutionContext,
): Promise<Response> {
  const traceId = traceIdOf(request.headers);
  const visit: Visit = { request, env, ctx, traceId, account: new Account(), tenants: [] };
  const response = await answer(routes, visit);
  for (const [name, value] of Object.entries(visit.rate ? rateHeaders(visit.rate) : {})) {
    response.headers.set(name, value);
  }
  letRead(request, visit.tenants, response.headers);
  ctx.waitUntil(tell(visit, response.status));
  return request.method === "HEAD" ? new Response(null, response) : response;
}

async function answer(routes: readonly Route[], visit: Visit): Promise<Response> {
  const { request, env, ctx, traceId, account } = visit;
  try {
    visit.match = findRoute(routes, new URL(request.url));
    const { route, params } = visit.match;
    visit.tenants = tenantsOf(env);
    if (isPreflight(request)) return preflight(request, route, visit.tenants);
    const handler = findHandler(route, request.method);
    const tenant = await admit(visit, route);
    return await handler({ request, env, ctx, tenant, traceId, params, account });
  } catch (error) {
    const shown = publicError(error);
    account.note({ code: shown.code });
    if (shown.status === 500 || shown.code === "misconfigured") {
      account.note({ cause: causeOf(error) });
    }
    return failure(shown, traceId);
  }
}

/** Finds the tenant, and refuses whom it does not serve. */
async function admit(visit: Visit, route: Route): Promise<Tenant> {
  const { request, tenants, env } = visit;
  if (route.open) return resolveOpenly(request, tenants);
  const key = await presentedKey(request.headers);
  const tenant = resolveTenant(request, tenants, key);
  visit.tenant = tenant;
  visit.tenants = [tenant];
  checkOrigin(request, visit.tenants);
  visit.caller = callerOf(tenant, request.headers, key);
  visit.rate = await takeTurn(env, tenant, visit.caller);
  checkTurn(visit.rate);
  return tenant;
}

function tell(visit: Visit, status: number): Promise<void> {
  const { request, env, traceId, account, match, tenant, caller } = visit;
  const told = { traceId, method: request.method, route: match?.route.path ?? null, status };
  return close(account, told, env, tenant, caller);
}
