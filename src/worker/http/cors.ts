/** CORS: browser pages may call from a tenant's `allowedHosts` only. */
import type { Tenant } from "../tenancy/deployment";
import { allowsOrigin } from "../tenancy/hosts";
import { HttpError } from "./errors";
import { methodsOf, type Route } from "./router";

const REQUEST_HEADERS =
  "authorization, content-type, traceparent, x-api-key, x-tenant-id, x-trace-id, x-user-id";
const ANSWER_HEADERS = [
  "retry-after, x-trace-id, x-model-id, x-fallback-used, x-tokens-in, x-tokens-out",
  "x-tokens-estimated, x-ratelimit-limit, x-ratelimit-remaining, x-ratelimit-reset",
].join(", ");
const PREFLIGHT_SECONDS = "600";

export const isPreflight = ({ method, headers }: Request) =>
  method === "OPTIONS" && headers.has("origin") && headers.has("access-control-request-method");

/**
 * Answers a CORS preflight. A preflight carries neither `x-tenant-id` nor a key, so it accepts the
 * origins of every tenant of the deployment; the actual request is checked against its tenant.
 */
export function preflight(request: Request, route: Route, tenants: readonly Tenant[]): Response {
  checkOrigin(request, tenants);
  return new Response(null, {
    status: 204,
    headers: {
      "access-control-allow-methods": methodsOf(route).join(", "),
      "access-control-allow-headers": REQUEST_HEADERS,
      "access-control-max-age": PREFLIGHT_SECONDS,
    },
  });
}

/**
 * Rejects cross-origin browser requests from hosts that are not allowed. Requests without an Origin
 * header are not from a browser page.
 */
export function checkOrigin(request: Request, tenants: readonly Tenant[]): void {
  const origin = request.headers.get("origin");
  if (origin === null || isAllowed(request, origin, tenants)) return;
  throw new HttpError(403, "origin_not_allowed", "This origin is not allowed.");
}

/** Lets a page read the response if one of these tenants allows its origin. */
export function addCorsHeaders(request: Request, tenants: readonly Tenant[], answer: Headers): void {
  answer.append("vary", "origin");
  const origin = request.headers.get("origin");
  if (origin === null || !isAllowed(request, origin, tenants)) return;
  answer.set("access-control-allow-origin", origin);
  answer.set("access-control-expose-headers", ANSWER_HEADERS);
}

function isAllowed(request: Request, origin: string, tenants: readonly Tenant[]): boolean {
  const own = new URL(request.url).origin;
  return origin === own || tenants.some((tenant) => allowsOrigin(tenant, origin));
}
