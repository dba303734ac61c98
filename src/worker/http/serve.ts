/** Takes one request from arrival to answer; whatever happens, the answer has the agreed form. */
import type { Env } from "../env";
import { log } from "../log";
import { tenantOf } from "../tenant";
import { failure } from "./envelope";
import { HttpError } from "./errors";
import { findHandler, type Routes } from "./router";
import { traceIdOf } from "./trace";

export async function serve(routes: Routes, request: Request, env: Env): Promise<Response> {
  const traceId = traceIdOf(request.headers);
  const response = await answer(routes, request, env, traceId);
  return request.method === "HEAD" ? new Response(null, response) : response;
}

async function answer(
  routes: Routes,
  request: Request,
  env: Env,
  traceId: string,
): Promise<Response> {
  try {
    const handler = findHandler(routes, new URL(request.url).pathname, request.method);
    return await handler({ request, env, tenant: tenantOf(env), traceId });
  } catch (error) {
    return failure(publicError(error, request, env, traceId), traceId);
  }
}

/** Logs what is the service's own fault; a client learns of it no more than that it happened. */
function publicError(error: unknown, request: Request, env: Env, traceId: string): HttpError {
  const shown =
    error instanceof HttpError
      ? error
      : new HttpError(500, "internal_error", "Something went wrong; the trace id finds it.");
  if (shown.status >= 500) {
    const { pathname: path } = new URL(request.url);
    const cause = error instanceof Error ? (error.stack ?? error.message) : String(error);
    log(env, "error", shown.code, { traceId, method: request.method, path, cause });
  }
  return shown;
}
