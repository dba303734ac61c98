// Miniflare 5 takes other options than Miniflare 4, in which localedge writes its own. It brings a
// function that converts them; this adds what that leaves out: networks, wrapped bindings, and
// separate folders for what is kept.
import { mkdirSync, mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const NAME = "localedge-options";
const PLUGIN = { package: fileURLToPath(import.meta.url), name: NAME };
const SERVICE = "core:user:";

// An option of Miniflare 4 that names a folder -> that folder below Miniflare 5's only one.
const FOLDERS = {
  cachePersist: "cache",
  d1Persist: "d1",
  durableObjectsPersist: "do",
  kvPersist: "kv",
  r2Persist: "r2",
  secretsStorePersist: "secrets-store",
  workflowsPersist: "workflows",
};

/**
 * Converts Miniflare 4's options; `convert` is Miniflare 5's own function for it. Returns them with
 * `clean`, to be called when the instance has ended.
 */
export function adapt({ workers, ...shared }, convert) {
  const wrappers = new Map();
  for (const { wrappedBindings = {} } of workers)
    for (const { scriptName } of Object.values(wrappedBindings)) {
      const worker = workers.find(({ name }) => name === scriptName);
      wrappers.set(scriptName, String(worker.modules[0].contents));
    }
  const kept = workers.filter(({ name }) => !wrappers.has(name));
  const { root, rest } = persisted(shared);
  const options = convert({
    ...rest,
    resourcePersistencePath: root,
    workers: kept.map((worker) => adaptWorker(worker, wrappers)),
  });
  return { options, clean: () => rmSync(root, { recursive: true, force: true }) };
}

// Miniflare 5 keeps all below one folder. Each instance has its own, with links to what it shares.
function persisted(shared) {
  const root = mkdtempSync(join(tmpdir(), "instance-"));
  const rest = { ...shared };
  for (const [option, folder] of Object.entries(FOLDERS)) {
    if (typeof rest[option] === "string") {
      mkdirSync(rest[option], { recursive: true });
      symlinkSync(rest[option], join(root, folder));
    }
    delete rest[option];
  }
  return { root, rest };
}

function adaptWorker({ wrappedBindings = {}, outboundService, ...worker }, wrappers) {
  const added = Object.entries(wrappedBindings).map(([name, { scriptName, bindings }]) =>
    binding(name, { module: `localedge:${scriptName}`, code: wrappers.get(scriptName), bindings }),
  );
  const network = outboundService?.network;
  // A service that the plugin adds, by a name that looks like a Worker's: only those can be named.
  const service = `localedge:network:${worker.name}`;
  if (network) added.push(binding(service, { service, network }));
  return {
    ...worker,
    outboundService: network ? service : outboundService,
    unsafeBindings: [...(worker.unsafeBindings ?? []), ...added],
  };
}

const binding = (name, options) => ({ name, type: NAME, plugin: PLUGIN, options });

const added = ({ config }) =>
  Object.entries(config.env ?? {})
    .filter(([, it]) => it.dev?.plugin?.name === NAME)
    .map(([name, it]) => ({ name, ...it.dev.options }));

export const plugins = {
  [NAME]: {
    getBindings: (worker) =>
      added(worker)
        .filter(({ module }) => module)
        .map(({ name, module, bindings = {} }) => ({
          name,
          wrapped: {
            moduleName: module,
            innerBindings: Object.entries(bindings).map(([inner, value]) => ({
              name: inner,
              json: JSON.stringify(value),
            })),
          },
        })),
    getNodeBindings: () => ({}),
    getServices: ({ options }) =>
      added(options)
        .filter(({ network }) => network)
        .map(({ service, network }) => ({ name: SERVICE + service, network })),
    getExtensions: ({ options }) => {
      const modules = options.flatMap(added).filter(({ module }) => module);
      const sources = new Map(modules.map(({ module, code }) => [module, code]));
      return [...sources].map(([name, esModule]) => ({
        modules: [{ name, esModule, internal: true }],
      }));
    },
  },
};
