// A secret of Secrets Store: its value is read from localedge whenever the Worker asks for it.
import { WorkerEntrypoint } from "cloudflare:workers";

export default class extends WorkerEntrypoint {
  async get() {
    const { LOCALEDGE, TARGET, BINDING } = this.env;
    const headers = { "MF-Binding": BINDING, "MF-URL": "http://secret/" };
    const answer = await LOCALEDGE.fetch(TARGET, { headers });
    if (!answer.ok) throw new Error(await answer.text());
    return answer.text();
  }
}
