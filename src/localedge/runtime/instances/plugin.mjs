// A plugin of Miniflare, which it loads for `unsafeBindings`: bindings of workerd's own kinds that
// Miniflare has no options for. They lead to Workers of localedge in place of its simulators
// (queues, workflows, dispatch namespaces), and to debug ports of other workerds.
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

// What runs in the Worker itself, and speaks to a Worker of localedge.
const DISPATCHER = "localedge:dispatcher";
const WORKFLOW = "localedge:workflow";
const FILES = { [DISPATCHER]: "dispatcher.js", [WORKFLOW]: "workflow_binding.js" };
const source = (file) => readFileSync(new URL(`workers/${file}`, import.meta.url), "utf8");
const modules = () =>
  Object.entries(FILES).map(([name, file]) => ({ name, esModule: source(file), internal: true }));

const service = (worker, entrypoint) => ({ name: `core:user:${worker}`, entrypoint });
const wrapped = (moduleName, name, target) => ({
  moduleName,
  innerBindings: [{ name, service: target }],
});

function binding(name, { queue, workflow, dispatcher }) {
  if (queue) return { name, queue: service(queue) };
  if (workflow) return { name, wrapped: wrapped(WORKFLOW, "SERVICE", service(workflow)) };
  if (dispatcher) {
    return { name, wrapped: wrapped(DISPATCHER, "namespace", service(dispatcher, "Namespace")) };
  }
  return { name, workerdDebugPort: require(process.argv[2]).kVoid };
}

export const plugins = {
  [NAME]: {
    getBindings: (worker) => bindings(worker).map(([name, options]) => binding(name, options)),
    getNodeBindings: () => ({}),
    getServices: () => [],
    getExtensions: () => [{ modules: modules() }],
  },
};
