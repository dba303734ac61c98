// Runs the instances of one workflow, by Miniflare's engine: a Durable Object for each. localedge
// asks by requests, and keeps the list of instances itself.
import { Engine as MiniflareEngine, WorkflowBinding } from "./binding.worker.js";

export class Engine extends MiniflareEngine {
  // Starts the instance, or goes on with it where an earlier process ended. A run lasts longer
  // than this call, so it is not waited for.
  async begin({ id, params, created, workflow }) {
    const known = await this.ctx.storage.get("INSTANCE_METADATA");
    const { accountId, version, instance, event } = known ?? {
      accountId: 0,
      version: {},
      instance: { id, created_on: created, modified_on: created, started_on: created },
      event: { timestamp: new Date(created), payload: params, instanceId: id, workflowName: workflow },
    };
    this.init(accountId, { name: workflow }, version, instance, event).catch(() => {});
  }

  // Miniflare 4 keeps no times: then each entry has the one of the instance.
  async log(created) {
    const rows = this.ctx.storage.sql.exec("SELECT * FROM states ORDER BY id");
    return [...rows].map(({ event, groupKey, target, metadata, timestamp }) => ({
      event,
      target,
      group: groupKey,
      at: timestamp ?? created,
      metadata: JSON.parse(metadata),
    }));
  }
}

export default class extends WorkflowBinding {
  async fetch(request) {
    const { operation, ...given } = await request.json();
    try {
      return Response.json({ result: (await this[`do_${operation}`](given)) ?? null });
    } catch (error) {
      return Response.json({ error: String(error?.message ?? error) });
    }
  }

  #engine(id) {
    return this.env.ENGINE.get(this.env.ENGINE.idFromName(id));
  }

  // Sees to it that each instance runs; returns where each stands.
  async do_keep({ instances }) {
    const one = async ({ id, params, created }) => {
      await this.#engine(id).begin({ id, params, created, workflow: this.env.WORKFLOW_NAME });
      return [id, (await this.do_status({ id })).status];
    };
    return Object.fromEntries(await Promise.all(instances.map(one)));
  }

  async do_status({ id }) {
    const { status } = await (await this.get(id)).status();
    return { status };
  }

  async do_describe({ id, created }) {
    return { ...(await this.do_status({ id })), log: await this.#engine(id).log(created) };
  }

  async do_change({ id, action, options }) {
    await (await this.get(id))[action](options);
    return this.do_status({ id });
  }

  async do_event({ id, type, payload }) {
    await (await this.get(id)).sendEvent({ type, payload });
  }
}
