// Hosts Miniflare instances for localedge. One JSON object a line:
//   in:  {"id", "method": "start" | "stop", "instance", "socket", "options"}
//   out: {"id", "port"} or {"id", "error"}, and {"instance", "level", "message"} for each log line.
// When stdin ends, so does everything: nothing may outlive localedge.
import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { debugPortOpen, removeSocket, withDebugPort } from "./debug_port.mjs";
import { adapt } from "./miniflare_five.mjs";

const require = createRequire(import.meta.url);
const { Miniflare, NoOpLog, convertV4MiniflareOptions } = require(process.argv[2]);
const instances = new Map();

// This process leads a process group that holds every workerd. The guard's stdin ends when this
// process does, even by kill -9; then it ends the group, so that no workerd is left behind.
spawn("/bin/sh", ["-c", "read _; kill -KILL 0"], { stdio: ["pipe", "ignore", "ignore"] }).unref();

const LONGEST_MESSAGE = 8192;

// What begins a data point of Analytics Engine (`workers/analytics.js`), which must stay whole.
const POINT = "localedge-point:";

// Addresses in workerd's own binary, which tell a Worker's author nothing.
const NATIVE_STACK = /\nstack:( \S+@[0-9a-f]+)+/g;

// Miniflare's simulator of email writes a message to a file, and says so here.
const COLOURS = /\x1b\[\d+m/g;
class EmailLog extends NoOpLog {
  constructor(instance) {
    super();
    this.instance = instance;
  }

  logWithLevel(_, message) {
    if (!message.includes("send_email")) return;
    const text = `localedge sends no email: ${message.replace(COLOURS, "")}`;
    say({ instance: this.instance, level: "info", message: text.slice(0, LONGEST_MESSAGE) });
  }
}

const say = (message) => process.stdout.write(JSON.stringify(message) + "\n");

// Bindings that localedge itself serves: workerd's own clients speak to this URL.
const connect = (designator) => ({
  ...designator,
  remoteProxyConnectionString: new URL(designator.remoteProxyConnectionString),
});
const connectAll = (designators = {}) =>
  Object.fromEntries(Object.entries(designators).map(([name, it]) => [name, connect(it)]));

// A module travels with its contents, or is one of the Workers in Miniflare's own package.
const contents = (module) =>
  module.miniflare
    ? readFileSync(join(process.argv[2], "dist/src/workers", module.miniflare))
    : Buffer.from(module.contents, "base64");

function revive(worker) {
  const revived = {
    ...worker,
    modules: worker.modules.map((it) => ({ type: it.type, path: it.path, contents: contents(it) })),
    kvNamespaces: connectAll(worker.kvNamespaces),
    d1Databases: connectAll(worker.d1Databases),
    r2Buckets: connectAll(worker.r2Buckets),
    vectorize: connectAll(worker.vectorize),
  };
  if (worker.ai) revived.ai = connect(worker.ai);
  return revived;
}

// Only Miniflare 5 has a function that converts Miniflare 4's options, in which localedge writes.
const adapted = (options) =>
  convertV4MiniflareOptions
    ? adapt(options, convertV4MiniflareOptions)
    : { options, clean: () => {} };

async function start({ instance, socket, options: given }) {
  const lines = [];
  const { options, clean } = adapted({
    cf: false, // the canned request.cf; no fetch of a real one
    log: new EmailLog(instance),
    logRequests: false,
    host: "127.0.0.1",
    port: 0,
    ...given,
    workers: given.workers.map(revive),
    handleStructuredLogs: ({ level, message }) => {
      const isPoint = message.startsWith(POINT);
      const text = isPoint ? message : message.replace(NATIVE_STACK, "").slice(0, LONGEST_MESSAGE);
      if (lines.length < 20) lines.push(text);
      say({ instance, level, message: text });
    },
  });
  const miniflare = withDebugPort(socket, () => new Miniflare(options));
  instances.set(instance, { miniflare, clean });
  try {
    const url = await miniflare.ready;
    await debugPortOpen(socket);
    return { port: Number(url.port) };
  } catch (error) {
    await stop({ instance, socket });
    throw new Error(lines.join("\n") || String(error?.message ?? error));
  }
}

async function stop({ instance, socket }) {
  const { miniflare, clean } = instances.get(instance) ?? {};
  instances.delete(instance);
  // dispose() rejects when the instance never became ready; it has ended all the same.
  await miniflare?.dispose().catch(() => {});
  clean?.();
  if (socket) removeSocket(socket);
  return {};
}

const methods = { start, stop };

async function answer(line) {
  const request = JSON.parse(line);
  try {
    say({ id: request.id, ...(await methods[request.method](request)) });
  } catch (error) {
    say({ id: request.id, error: String(error?.message ?? error) });
  }
}

const input = createInterface({ input: process.stdin });
input.on("line", answer);
input.on("close", async () => {
  await Promise.all([...instances.keys()].map((instance) => stop({ instance })));
  process.exit(0);
});
// What goes wrong in one instance must not take the others down.
for (const event of ["uncaughtException", "unhandledRejection"]) {
  process.on(event, (error) => process.stderr.write(`${error?.stack ?? error}\n`));
}
process.stdout.on("error", () => process.exit(1));
say({ ready: true });
