/** The Worker's entry: which path is answered by what, and what Cloudflare calls by name. */
import { postChat } from "./chat/post";
import { deleteSession, getHistory } from "./chat/sessions";
import type { Env } from "./env";
import { health } from "./health";
import { route } from "./http/router";
import { serve } from "./http/serve";
import { getMetrics } from "./metrics";
import { runScheduled } from "./scheduled";

export { ChatSession } from "./objects/chat_session";
export { RateLimiter } from "./objects/rate_limiter";

const routes = [
  route("/health", { GET: health }, true),
  route("/metrics", { GET: getMetrics }),
  route("/chat", { POST: postChat }),
  route("/chat/:sessionId", { DELETE: deleteSession }),
  route("/chat/:sessionId/history", { GET: getHistory }),
];

export default {
  fetch: (request, env, ctx) => serve(routes, request, env, ctx),
  scheduled: (controller, env) => runScheduled(controller, env),
} satisfies ExportedHandler<Env>;
