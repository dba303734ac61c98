// A plugin of Miniflare: bindings of workerd's own kinds that Miniflare has no options for: queues that
// lead to a Worker of localedge in place of a simulator, and debug ports of other workerds. Miniflare loads it for `unsafeBindings`.
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

export const plugins = {
  [NAME]: {
    getBindings(worker) {
      const { kVoid } = require(process.argv[2]);
      return bindings(worker).map(([name, { queue }]) =>
        queue
          ? { name, queue: { name: `core:user:${queue}` } }
          : { name, workerdDebugPort: kVoid },
      );
    },
    getNodeBindings: () => ({}),
    getServices: () => [],
  },
};
