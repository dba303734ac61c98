// Tells localedge what a version did: workerd calls it after each event that ran.
import { WorkerEntrypoint } from "cloudflare:workers";

export class Tail extends WorkerEntrypoint {
  async tail(events) {
    const { LOCALEDGE, TARGET } = this.env;
    const url = `${TARGET}/${this.ctx.props.version}`;
    await LOCALEDGE.fetch(url, { method: "POST", body: JSON.stringify(events) });
  }
}

export default { fetch: () => new Response(null, { status: 404 }) };
