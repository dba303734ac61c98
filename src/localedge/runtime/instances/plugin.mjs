// A plugin of Miniflare: bindings of workerd's own kinds that lead to Workers of localedge, where
// Miniflare's own plugins lead to its simulators. Miniflare loads it for `unsafeBindings`.
const NAME = "localedge";

// Miniflare 4 gives a plugin the list of its bindings, Miniflare 5 the whole Worker.
const bindings = (worker) =>
  Array.isArray(worker)
    ? worker.map(({ name, options }) => [name, options])
    : Object.entries(worker?.config?.env ?? {})
        .filter(([, it]) => it.dev?.plugin?.name === NAME)
        .map(([name, it]) => [name, it.dev.options]);

export const plugins = {
  [NAME]: {
    getBindings: (worker) =>
      bindings(worker).map(([name, { worker: target }]) => ({
        name,
        queue: { name: `core:user:${target}` },
      })),
    getNodeBindings: () => ({}),
    getServices: () => [],
  },
};
