/** Finds who answers a request; knows nothing of what is answered. */
import type { Env } from "../env";
import type { Tenant } from "../tenant";
import { HttpError } from "./errors";

/** All that a handler may use: nothing of a request or a tenant is kept outside of it. */
export interface Exchange {
  readonly request: Request;
  readonly env: Env;
  readonly tenant: Tenant;
  readonly traceId: string;
}

export type Handler = (exchange: Exchange) => Response | Promise<Response>;

/** Path, then method. HEAD is answered wherever GET is. */
export type Routes = ReadonlyMap<string, ReadonlyMap<string, Handler>>;

export function findHandler(routes: Routes, path: string, method: string): Handler {
  const methods = routes.get(path);
  if (!methods) throw new HttpError(404, "not_found", "There is nothing at this path.");
  const handler = methods.get(method === "HEAD" ? "GET" : method);
  if (!handler) throw methodNotAllowed(methods);
  return handler;
}

function methodNotAllowed(methods: ReadonlyMap<string, Handler>): HttpError {
  const allow = [...methods.keys()].flatMap((name) => (name === "GET" ? ["GET", "HEAD"] : [name]));
  const message = `This path answers ${allow.join(", ")} only.`;
  return new HttpError(405, "method_not_allowed", message, { allow: allow.join(", ") });
}
