// Makes, lists and reads each resource of localedge with Cloudflare's TypeScript SDK, and prints
// what it found, as JSON. The arguments are the API's address, an account, and a token.
import Cloudflare from "cloudflare";

const [baseURL, account_id, apiToken] = process.argv.slice(2);
const client = new Cloudflare({ baseURL, apiToken, maxRetries: 0 });
const its = { account_id };
const found = {};

async function all(pages) {
  const items = [];
  for await (const item of pages) items.push(item);
  return items;
}

// Name of a resource -> how it is made and read; each returns a name that must be there again.
const resources = {
  async accounts() {
    return (await all(client.accounts.list())).some(({ id }) => id === account_id);
  },
  async scripts() {
    const { scripts } = client.workers;
    // `scripts.update` of this SDK sends a form with the content type of a script.
    const { workers } = client.workers.beta;
    const { id } = await workers.create({ ...its, name: "one" });
    const version = await workers.versions.create(id, {
      ...its,
      main_module: "index.js",
      compatibility_date: "2025-06-01",
      modules: [
        {
          name: "index.js",
          content_type: "application/javascript+module",
          content_base64: btoa("export default { fetch() {} };"),
        },
      ],
    });
    const versions = [{ version_id: version.id, percentage: 100 }];
    await scripts.deployments.create("one", { ...its, strategy: "percentage", versions });
    await scripts.subdomain.create("one", { ...its, enabled: true, previews_enabled: true });
    await scripts.schedules.update("one", { ...its, body: [{ cron: "0 8 * * *" }] });
    await scripts.secrets.update("one", { ...its, name: "KEY", text: "t", type: "secret_text" });
    const { schedules } = await scripts.schedules.get("one", its);
    const secrets = await all(scripts.secrets.list("one", its));
    const items = await all(scripts.versions.list("one", its));
    // The SDK takes the list for a page of items, which it is not at Cloudflare either.
    const { deployments } = (await scripts.deployments.list("one", its)).result;
    const settings = await scripts.settings.get("one", its);
    const listed = (await all(scripts.list(its))).some(({ id }) => id === "one");
    return (
      listed && schedules.length === 1 && secrets[0].name === "KEY" && items.length > 0 &&
      deployments.length > 0 && settings.logpush === false
    );
  },
  async settings() {
    const { scripts } = client.workers;
    await scripts.settings.edit("one", { ...its, tags: ["t"] });
    const { tags } = await scripts.settings.get("one", its);
    const { compatibility_date } = await scripts.scriptAndVersionSettings.get("one", its);
    return tags[0] === "t" && compatibility_date === "2025-06-01";
  },
  async assets() {
    const { upload } = client.workers.scripts.assets;
    const manifest = { "/index.html": { hash: "0".repeat(32), size: 3 } };
    return (await upload.create("site", { ...its, manifest })).buckets.length === 1;
  },
  async routes() {
    const { id: zone_id } = await client.zones.create({ account: { id: account_id }, name: "example.com" });
    const { routes, domains } = client.workers;
    await routes.create({ zone_id, pattern: "example.com/*", script: "one" });
    await domains.update({ ...its, zone_id, hostname: "app.example.com", service: "one" });
    const [route] = await all(routes.list({ zone_id }));
    const [domain] = await all(domains.list(its));
    return route.script === "one" && domain.hostname === "app.example.com";
  },
  async tails() {
    const made = await client.workers.scripts.tail.create("one", { ...its, body: {} });
    const read = await client.workers.scripts.tail.get("one", its);
    return JSON.stringify(read).includes(made.id);
  },
  async workers() {
    const { workers } = client.workers.beta;
    const made = await workers.create({ ...its, name: "two" });
    return (await workers.get(made.id, its)).name === "two";
  },
  async observability() {
    const { telemetry } = client.workers.observability;
    const to = Date.now();
    const timeframe = { from: to - 60_000, to };
    const query = { ...its, queryId: "q", timeframe, view: "events", parameters: {} };
    const { run } = await telemetry.query(query);
    await all(telemetry.keys(its));
    return run.status === "COMPLETED";
  },
  async kv() {
    const { namespaces } = client.kv;
    const { id } = await namespaces.create({ ...its, title: "CACHE" });
    const its_values = { ...its, namespace_id: id };
    await namespaces.values.update("key", { ...its_values, value: "v", metadata: "{}" });
    const keys = await all(namespaces.keys.list(id, its));
    const value = await namespaces.values.get("key", its_values);
    return keys[0].name === "key" && (await value.text()) === "v";
  },
  async d1() {
    const { database } = client.d1;
    const { uuid } = await database.create({ ...its, name: "db" });
    await database.edit(uuid, { ...its, read_replication: { mode: "auto" } });
    const { result } = await database.query(uuid, { ...its, sql: "select 1 as one" });
    return result[0].results[0].one === 1 && (await all(database.list(its))).length === 1;
  },
  async r2() {
    const { buckets } = client.r2;
    await buckets.create({ ...its, name: "bucket" });
    return (await buckets.list(its)).buckets[0].name === (await buckets.get("bucket", its)).name;
  },
  async r2Settings() {
    const { buckets } = client.r2;
    const rule = { allowed: { methods: ["GET"], origins: ["*"] } };
    await buckets.cors.update("bucket", { ...its, rules: [rule] });
    const { rules } = await buckets.cors.get("bucket", its);
    const lifecycle = await buckets.lifecycle.get("bucket", its);
    return rules.length === 1 && Array.isArray(lifecycle.rules);
  },
  async queues() {
    const { queue_id } = await client.queues.create({ ...its, queue_name: "queue" });
    const { consumers, messages } = client.queues;
    await consumers.create(queue_id, { ...its, type: "http_pull" });
    await messages.push(queue_id, { ...its, body: "m", content_type: "text" });
    const pulled = await messages.pull(queue_id, { ...its, batch_size: 5 });
    const [consumer] = await all(consumers.list(queue_id, its));
    if (pulled.messages.length !== 1 || consumer.type !== "http_pull") return "no message";
    await client.queues.subscriptions.create({
      ...its,
      name: "mine",
      source: { type: "kv" },
      destination: { type: "queues.queue", queue_id },
      events: ["namespace.created"],
    });
    const subscriptions = await all(client.queues.subscriptions.list(its));
    return subscriptions.length === 1 && (await client.queues.get(queue_id, its)).queue_name === "queue";
  },
  async vectorize() {
    const { indexes } = client.vectorize;
    await indexes.create({ ...its, name: "ix", config: { dimensions: 2, metric: "cosine" } });
    await indexes.metadataIndex.create("ix", { ...its, propertyName: "p", indexType: "string" });
    const vectors = new File(['{"id":"a","values":[1,0]}'], "v.ndjson");
    await indexes.insert("ix", { ...its, body: vectors });
    const { matches } = await indexes.query("ix", { ...its, vector: [1, 0], topK: 1 });
    if (matches[0].id !== "a") return "no match";
    const { metadataIndexes } = await indexes.metadataIndex.list("ix", its);
    return (await indexes.get("ix", its)).name === "ix" && metadataIndexes.length === 1;
  },
  async secretsStore() {
    const store = await client.secretsStore.stores.create({ ...its, name: "store" });
    const body = [{ name: "S", value: "v", scopes: ["workers"] }];
    await all(client.secretsStore.stores.secrets.create(store.id, { ...its, body }));
    return (await all(client.secretsStore.stores.secrets.list(store.id, its)))[0].name === "S";
  },
  async hyperdrive() {
    const origin = { database: "d", host: "db.example.com", port: 5432, scheme: "postgres" };
    const body = { ...its, name: "h", origin: { ...origin, user: "u", password: "p" } };
    const { id } = await client.hyperdrive.configs.create(body);
    return (await client.hyperdrive.configs.get(id, its)).name === "h";
  },
  async dispatchNamespaces() {
    const { namespaces } = client.workersForPlatforms.dispatch;
    await namespaces.create({ ...its, name: "customers" });
    return (await all(namespaces.list(its)))[0].namespace_name === "customers";
  },
  async containers() {
    const made = await client.containers.applications.create({
      ...its,
      name: "app",
      instances: 1,
      max_instances: 2,
      scheduling_policy: "default",
      configuration: { image: "registry.example.com/app:1" },
    });
    return (await client.containers.applications.get(made.id, its)).name === "app";
  },
  async durableObjects() {
    return (await all(client.durableObjects.namespaces.list(its))).length === 0;
  },
  async certificates() {
    return (await all(client.mtlsCertificates.list(its))).length === 0;
  },
  async ai() {
    const model = "@cf/meta/llama-3.1-8b-instruct";
    const { response } = await client.ai.run(model, { ...its, prompt: "Good morning" });
    return response.includes("Good morning");
  },
  async aiGateway() {
    return Array.isArray(await all(client.aiGateway.list(its)));
  },
  async workflows() {
    const { workers } = client.workers.beta;
    const { id } = await workers.create({ ...its, name: "ordering" });
    const content = "export class Order {} export default {};";
    await workers.versions.create(id, {
      ...its,
      deploy: true,
      main_module: "index.js",
      compatibility_date: "2025-06-01",
      modules: [
        {
          name: "index.js",
          content_type: "application/javascript+module",
          content_base64: btoa(content),
        },
      ],
    });
    const about = { ...its, script_name: "ordering", class_name: "Order" };
    await client.workflows.update("orders", about);
    const [{ name }] = await all(client.workflows.list(its));
    const versions = await all(client.workflows.versions.list("orders", its));
    const instances = await all(client.workflows.instances.list("orders", its));
    return name === "orders" && versions.length === 1 && instances.length === 0;
  },
};

for (const [name, use] of Object.entries(resources)) {
  try {
    found[name] = await use();
  } catch (error) {
    found[name] = String(error);
  }
}
console.log(JSON.stringify(found));
