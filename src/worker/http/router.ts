/** Matches a request to its route and handler. */
import type { Env } from "../env";
import type { RequestLog } from "../observe/request_log";
import type { Tenant } from "../tenancy/deployment";
import { HttpError } from "./errors";

/** Everything a handler may use; no request or tenant state exists outside of it. */
export interface RequestContext {
  readonly request: Request;
  readonly env: Env;
  readonly tenant: Tenant;
  readonly traceId: string;
  readonly ctx: ExecutionContext;
  /** Collects the fields that are logged and counted. */
  readonly requestLog: RequestLog;
  /** The values of the `:name` parts of the path. */
  readonly params: Readonly<Record<string, string | undefined>>;
}

export type Handler = (context: RequestContext) => Response | Promise<Response>;

/** The handlers of one path; an `open` route needs neither an API key nor a tenant signal. */
export interface Route {
  readonly path: string;
  readonly pattern: URLPattern;
  readonly methods: Readonly<Record<string, Handler>>;
  readonly open: boolean;
}

export interface Match {
  readonly route: Route;
  readonly params: RequestContext["params"];
}

/** Declares a route; parts of `path` may be `:name`. Every route with GET also serves HEAD. */
export function route(path: string, methods: Route["methods"], open = false): Route {
  return { path, pattern: new URLPattern({ pathname: path }), methods, open };
}

export function findRoute(routes: readonly Route[], { pathname }: URL): Match {
  for (const route of routes) {
    const params = route.pattern.exec({ pathname })?.pathname.groups;
    if (params) return { route, params };
  }
  throw new HttpError(404, "not_found", "No route has this path.");
}

export function findHandler(route: Route, method: string): Handler {
  const handler = new Map(Object.entries(route.methods)).get(method === "HEAD" ? "GET" : method);
  if (handler) return handler;
  const allow = methodsOf(route).join(", ");
  throw new HttpError(405, "method_not_allowed", `This path answers ${allow} only.`, { allow });
}

export function methodsOf(route: Route): readonly string[] {
  return Object.keys(route.methods).flatMap((name) => (name === "GET" ? ["GET", "HEAD"] : [name]));
}
