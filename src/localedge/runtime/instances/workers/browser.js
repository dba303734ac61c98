// A browser binding where no browser is. It answers as Cloudflare's does when it has none to give, so
// that the error of `launch` in @cloudflare/puppeteer and @cloudflare/playwright says why.
import { WorkerEntrypoint } from "cloudflare:workers";

const none = () => new Response("localedge has no browser: none is simulated", { status: 503 });

const LIMITS = {
  activeSessions: [],
  maxConcurrentSessions: 0,
  allowedBrowserAcquisitions: 0,
  timeUntilNextAllowedBrowserAcquisition: 0,
};
// What can be asked without a browser.
const ANSWERS = {
  "/v1/limits": LIMITS,
  "/v1/sessions": { sessions: [] },
  "/v1/history": { history: [] },
  "/v1/devtools/session": [],
};

export class Browser extends WorkerEntrypoint {
  fetch(request) {
    const known = ANSWERS[new URL(request.url).pathname];
    return known && request.method === "GET" ? Response.json(known) : none();
  }

  quickAction() {
    return none();
  }
}

export default { fetch: none };
