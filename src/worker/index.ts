/** The Worker's entry: which path is answered by what, and what Cloudflare calls by name. */
import type { Env } from "./env";
import { health } from "./health";
import type { Routes } from "./http/router";
import { serve } from "./http/serve";
import { runScheduled } from "./scheduled";

export { ChatSession } from "./objects/chat_session";
export { RateLimiter } from "./objects/rate_limiter";

const routes: Routes = new Map([["/health", new Map([["GET", health]])]]);

export default {
  fetch: (request, env) => serve(routes, request, env),
  scheduled: (controller, env) => runScheduled(controller, env),
} satisfies ExportedHandler<Env>;
