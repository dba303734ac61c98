// The router as the tail of each version: tells localedge what it did. workerd calls it after each
// event that ran.
import { WorkerEntrypoint } from "cloudflare:workers";

export class Tail extends WorkerEntrypoint {
  async tail(events) {
    const { LOCALEDGE, TARGET } = this.env;
    const url = `${TARGET}/${this.ctx.props.version}`;
    // workerd measures no times; it calls this when the last of an invocation has ended.
    const now = Date.now();
    const timed = events.map((it) => ({ ...it, wallTime: Math.max(0, now - it.eventTimestamp) }));
    await LOCALEDGE.fetch(url, { method: "POST", body: JSON.stringify(timed) });
  }
}

// A streaming tail: sends all events of an invocation to localedge once it has ended.
export class Stream extends WorkerEntrypoint {
  tailStream(onset) {
    const { LOCALEDGE, STREAMS } = this.env;
    const events = [onset];
    return async (event) => {
      events.push(event);
      if (event.event.type !== "outcome") return;
      const plain = (_, value) => (typeof value === "bigint" ? String(value) : value);
      const body = JSON.stringify(events, plain);
      await LOCALEDGE.fetch(`${STREAMS}/${this.ctx.props.version}`, { method: "POST", body });
    };
  }
}
