// A Worker's workflow binding; localedge answers, by way of the Worker that SERVICE is.
class Instance {
  #call;

  constructor(call, id) {
    this.#call = (operation, given) => call(operation, { id, ...given });
    this.id = id;
  }

  async status() {
    return this.#call("status");
  }

  async pause() {
    await this.#call("pause");
  }

  async resume() {
    await this.#call("resume");
  }

  async terminate(options) {
    await this.#call("terminate", { options });
  }

  async restart(options) {
    await this.#call("restart", { options });
  }

  async sendEvent({ type, payload }) {
    await this.#call("event", { type, payload });
  }
}

class Workflow {
  #call;

  constructor(call) {
    this.#call = call;
  }

  async get(id) {
    await this.#call("status", { id });
    return new Instance(this.#call, id);
  }

  async create(options = {}) {
    const [instance] = await this.createBatch([options]);
    return instance;
  }

  async createBatch(batch) {
    const instances = batch.map(({ id, params }) => ({ id, params }));
    const made = await this.#call("create", { instances });
    return made.map((id) => new Instance(this.#call, id));
  }
}

export default ({ SERVICE }) =>
  new Workflow(async (operation, given = {}) => {
    const body = JSON.stringify({ operation, ...given });
    const answer = await SERVICE.fetch("http://workflow/", { method: "POST", body });
    if (!answer.ok) throw new Error(`the workflow cannot be reached: ${answer.statusText}`);
    const { error, result } = await answer.json();
    if (error) throw new Error(error);
    return result;
  });
