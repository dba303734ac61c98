/** Finds who answers a request; knows nothing of what is answered. */
import type { Env } from "../env";
import type { Account } from "../observe/account";
import type { Tenant } from "../tenancy/deployment";
import { HttpError } from "./errors";

/** All that a handler may use: nothing of a request or a tenant is kept outside of it. */
export interface Exchange {
  readonly request: Request;
  readonly env: Env;
  readonly tenant: Tenant;
  readonly traceId: string;
  readonly ctx: ExecutionContext;
  /** Takes what is to be logged and counted. */
  readonly account: Account;
  /** What stands in the path in place of `:name`. */
  readonly params: Readonly<Record<string, string | undefined>>;
}

export type Handler = (exchange: Exchange) => Response | Promise<Response>;

/** What answers a path; `open` where it needs neither key nor signal of a tenant. */
export interface Route {
  readonly path: string;
  readonly pattern: URLPattern;
  readonly methods: Readonly<Record<string, Handler>>;
  readonly open: boolean;
}

export interface Match {
  readonly route: Route;
  readonly params: Exchange["params"];
}

/** A path's parts may be `:name`; HEAD is answered wherever GET is. */
export function route(path: string, methods: Route["methods"], open = false): Route {
  return { path, pattern: new URLPattern({ pathname: path }), methods, open };
}

export function findRoute(routes: readonly Route[], { pathname }: URL): Match {
  for (const route of routes) {
    const params = route.pattern.exec({ pathname })?.pathname.groups;
    if (params) return { route, params };
  }
  throw new HttpError(404, "not_found", "There is nothing at this path.");
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
