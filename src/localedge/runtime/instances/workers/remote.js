// Workers and Durable Objects of another script as bindings. localedge names the workerd and the
// version for each call, and keeps them running meanwhile; the call itself goes straight there, so
// that workerd's own RPC carries it.
import { DurableObject, WorkerEntrypoint } from "cloudflare:workers";

// What Cloudflare says where a dispatch namespace has no Worker of the name.
const MISSING = "Worker not found.";

// workerd looks for these on each entrypoint; they are no methods that a caller may want.
const HANDLERS = new Set(
  ("alarm connect self tail tailStream test then toJSON trace constructor " +
    "webSocketClose webSocketError webSocketMessage").split(" "),
);

// What a call needs; `done` says that it is over, so that localedge may stop that workerd. `script`
// names a Worker in a dispatch namespace.
async function lease(env, wanted, script) {
  const headers = { "localedge-key": env.KEY, "localedge-lease": JSON.stringify(wanted) };
  if (script) headers["localedge-dispatch"] = script;
  const answer = await env.LOCALEDGE.fetch(env.TARGET, { headers });
  const service = answer.headers.get("localedge-service");
  if (service === null) {
    throw new Error(script ? MISSING : `The Worker ${env.SCRIPT} cannot be called now.`);
  }
  const port = await env.PORT.connect(answer.headers.get("localedge-socket"));
  return { port, service, done: () => answer.body.cancel().catch(() => {}) };
}

async function call(open, name, args) {
  const { receiver, done } = await open();
  try {
    return await receiver[name](...args);
  } finally {
    done();
  }
}

async function fetchFrom(open, request) {
  const { receiver, done } = await open();
  try {
    return kept(await receiver.fetch(request), done);
  } catch (error) {
    done();
    throw error;
  }
}

const methods = (own, open) =>
  new Proxy(own, {
    get(_, name) {
      if (Reflect.has(own, name)) return Reflect.get(own, name);
      if (typeof name === "symbol" || HANDLERS.has(name)) return;
      return (...args) => call(open, name, args);
    },
  });

// One side of a WebSocket says what the other one hears.
function relay(from, to, done) {
  from.addEventListener("close", done);
  from.addEventListener("error", done);
  from.accept();
  from.addEventListener("message", ({ data }) => to.send(data));
  from.addEventListener("error", () => to.close(1011, "connection lost"));
  from.addEventListener("close", ({ code, reason }) =>
    // 1005 and 1006 are codes that no side may send: the other one ended without a code.
    code === 1005 || code === 1006 ? to.close() : to.close(code, reason),
  );
}

// workerd ends the context of a request when the response's body is all that is left of it, and
// with the context the connection that the body comes from: a stream of JavaScript's own stays, and
// so does a WebSocket.
function kept(response, done) {
  if (response.webSocket) {
    const [client, server] = Object.values(new WebSocketPair());
    relay(response.webSocket, server, done);
    relay(server, response.webSocket, done);
    return new Response(null, { status: 101, headers: response.headers, webSocket: client });
  }
  if (response.body === null) {
    done();
    return response;
  }
  const { readable, writable } = new TransformStream();
  response.body
    .pipeTo(writable)
    .catch(() => {})
    .finally(done);
  return new Response(readable, response);
}

// The request's own URL travels in a header, since the URL here says where it goes.
function forwarded(env, request) {
  const passed = new Request(env.TARGET, request);
  for (const name of ["localedge-dispatch", "localedge-lease"]) passed.headers.delete(name);
  passed.headers.set("localedge-url", request.url);
  passed.headers.set("localedge-key", env.KEY);
  return passed;
}

export class Service extends WorkerEntrypoint {
  constructor(ctx, env) {
    super(ctx, env);
    const open = async () => {
      const { port, service, done } = await lease(env, {});
      const { ENTRYPOINT, PROPS } = env;
      const receiver = await port.getEntrypoint(service, ENTRYPOINT ?? undefined, PROPS ?? undefined);
      return { receiver, done };
    };
    const proxy = methods(this, open);
    this.fetch = async (request) => {
      if (env.ENTRYPOINT || env.PROPS) return fetchFrom(open, request);
      return env.LOCALEDGE.fetch(forwarded(env, request));
    };
    return proxy;
  }

  fetch() {}
}

// A dispatch namespace, as `dispatcher.js` uses it.
export class Namespace extends WorkerEntrypoint {
  async fetch(request) {
    const passed = forwarded(this.env, request);
    const script = this.#script(decodeURIComponent(request.headers.get("localedge-dispatch")));
    passed.headers.set("localedge-dispatch", script);
    const answer = await this.env.LOCALEDGE.fetch(passed);
    if (answer.headers.get("localedge-missing")) throw new Error(MISSING);
    return answer;
  }

  call(name, props, method, args) {
    const open = async () => {
      const { port, service, done } = await lease(this.env, {}, this.#script(name));
      return { receiver: await port.getEntrypoint(service, undefined, props), done };
    };
    return call(open, method, args);
  }

  #script(name) {
    const { OUTBOUND, SCRIPT } = this.env;
    if (OUTBOUND) throw new Error(`localedge does not simulate outbound Workers (${OUTBOUND})`);
    return encodeURIComponent(`${SCRIPT}/${name}`);
  }
}

// Its storage stays empty: it stands for the object of this id in the other script's workerd.
export class RemoteObject extends DurableObject {
  constructor(ctx, env) {
    super(ctx, env);
    const open = async () => {
      const { port, service, done } = await lease(env, { object: env.NAMESPACE });
      return { receiver: await port.getActor(service, env.CLASS, ctx.id.toString()), done };
    };
    this.fetch = (request) => fetchFrom(open, request);
    return methods(this, open);
  }

  fetch() {}
}

export default { fetch: () => new Response(null, { status: 404 }) };
