/** Which pages in a browser may call: those of a tenant's `allowedHosts`, and no others. */
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
 * Answers a browser that asks whether it may send a request. It asks without the header and the
 * key that name a tenant, so a page of any tenant here may go on; the request itself is checked.
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

/** Refuses a request of a page of another host; without an Origin it is none of a page. */
export function checkOrigin(request: Request, tenants: readonly Tenant[]): void {
  const origin = request.headers.get("origin");
  if (origin === null || isAllowed(request, origin, tenants)) return;
  throw new HttpError(403, "origin_not_allowed", "Pages of this origin may not call.");
}

/** Lets a page read the answer, where one of these tenants lets its origin call. */
export function letRead(request: Request, tenants: readonly Tenant[], answer: Headers): void {
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
