// The first worker of every instance: hands a request to the version that localedge chose.
// Uncaught exceptions end here, so that localedge can tell them from a Worker's own 500.
export { Stream, Tail } from "./tail.js";

const EXCEPTION = { outcome: "exception" };

const bytes = (base64) => Uint8Array.from(atob(base64), (it) => it.charCodeAt(0));
const bodies = {
  v8: (content) => ({ serializedBody: content }),
  bytes: (content) => ({ body: content.buffer }),
  text: (content) => ({ body: new TextDecoder().decode(content) }),
  json: (content) => ({ body: JSON.parse(new TextDecoder().decode(content)) }),
};
const message = ({ id, sent, attempts, contentType, content }) => ({
  id,
  timestamp: new Date(sent),
  attempts,
  ...bodies[contentType](bytes(content)),
});

// What starts a handler besides a request.
const events = {
  async tail(version, { events }) {
    await version.tail(events);
    return { outcome: "ok" };
  },
  // The handler gets what a streaming tail Worker gets: an onset, then each event on its own.
  async stream(version, { events }) {
    const [onset, ...rest] = events.map((it) => ({ ...it, timestamp: new Date(it.timestamp) }));
    const handler = await version.tailStream(onset);
    for (const event of rest) {
      const { type } = event.event;
      await (typeof handler === "function" ? handler(event) : handler?.[type]?.(event));
    }
    return { outcome: "ok" };
  },
  scheduled: (version, { cron, time }) =>
    version.scheduled({ cron, scheduledTime: new Date(time) }),
  queue: (version, { queue, messages, metrics: { oldest, ...metrics } }) =>
    version.queue(queue, messages.map(message), {
      metrics: { ...metrics, oldestMessageTimestamp: new Date(oldest) },
    }),
};

async function run(event, version, given) {
  if (!version) return { outcome: "scriptNotFound" }; // static assets alone
  try {
    return await events[event](version, given);
  } catch (error) {
    console.error(`Uncaught ${error}`);
    return EXCEPTION;
  }
}

// The engine of a workflow answers as localedge is to see it.
async function ask(engine, { name, call }) {
  if (!engine) return Response.json({ error: `no live version has the class of ${name}` });
  return engine.fetch("http://workflow/", { method: "POST", body: JSON.stringify(call) });
}

export default {
  async fetch(request, env) {
    if (request.headers.get("localedge-key") !== env.KEY) {
      return new Response("Only localedge may ask here.", { status: 403 });
    }
    const version = request.headers.get("localedge-version");
    const event = request.headers.get("localedge-event");
    if (event !== null) {
      const given = await request.json();
      if (event === "workflow") return ask(env[`workflow:${given.name}`], given);
      return Response.json(await run(event, env[version], given));
    }
    const forwarded = new Request(request);
    forwarded.headers.delete("localedge-version");
    forwarded.headers.delete("localedge-key");
    try {
      return await env[`fetch:${version}`].fetch(forwarded);
    } catch (error) {
      console.error(`Uncaught ${error}`);
      return new Response(null, { status: 500, headers: { "localedge-exception": "1" } });
    }
  },
};
