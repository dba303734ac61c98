// A plugin of Miniflare, which it loads for `unsafeBindings`: bindings of workerd's own kinds that
// Miniflare has no options for. They lead to Workers of localedge in place of its simulators
// (queues, dispatch namespaces), and to debug ports of other workerds.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const NAME = "localedge";
const require = createRequire(import.meta.url);

// Miniflare 4 gives a plugin the list of its bindings, Miniflare 5 the whole Worker.
const bindings = (worker) =>
  Array.isArray(worker)
    ? worker.map(({ name, options }) => [name, options])
    : Object.entries(worker?.config?.env ?? {})
        .filter(([, it]) => it.dev?.plugin?.name === NAME)
        .map(([name, it]) => [name, it.dev.options]);

const DISPATCHER = "localedge:dispatcher";
const dispatcher = () => readFileSync(new URL("workers/dispatcher.js", import.meta.url), "utf8");

const service = (worker, entrypoint) => ({ name: `core:user:${worker}`, entrypoint });

function binding(name, { queue, dispatcher: dispatches }) {
  if (queue) return { name, queue: service(queue) };
  if (dispatches) {
    const inner = { name: "namespace", service: service(dispatches, "Namespace") };
    return { name, wrapped: { moduleName: DISPATCHER, innerBindings: [inner] } };
  }
  return { name, workerdDebugPort: require(process.argv[2]).kVoid };
}

export const plugins = {
  [NAME]: {
    getBindings: (worker) => bindings(worker).map(([name, options]) => binding(name, options)),
    getNodeBindings: () => ({}),
    getServices: () => [],
    getExtensions: () => [
      { modules: [{ name: DISPATCHER, esModule: dispatcher(), internal: true }] },
    ],
  },
};
