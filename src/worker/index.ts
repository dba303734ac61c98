/** The Worker's entry: which path is answered by what, and what Cloudflare calls by name. */
import type { Env } from "./env";
import { health } from "./health";
import { route } from "./http/router";
import { serve } from "./http/serve";
import { runScheduled } from "./scheduled";

export { ChatSession } from "./objects/chat_session";
export { RateLimiter } from "./objects/rate_limiter";

const routes = [route("/health", { GET: health }, true)];

export default {
  fetch: (request, env) => serve(routes, request, env),
  scheduled: (controller, env) => runScheduled(controller, env),
} satisfies ExportedHandler<Env>;
