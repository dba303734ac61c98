/** Server-Sent Events at the client's pace: https://html.spec.whatwg.org/#server-sent-events. */
import { HEARTBEAT_MS } from "../timing";

/** The client has closed the stream: no event can reach it. */
export class ClientGone extends Error {
  override readonly name = "ClientGone";
}

export interface EventSink {
  /** Aborted as soon as a write shows that the client has gone. */
  readonly gone: AbortSignal;
  /** Resolves when the client has taken the frame; rejects with `ClientGone`. */
  send(data: unknown, event?: string): Promise<void>;
}

/**
 * Returns the answer at once and lets `produce` fill it; `finished` settles when that has ended.
 * What `produce` throws cuts the stream off: errors that a client may see are events.
 */
export function eventStream(
  headers: HeadersInit,
  produce: (sink: EventSink) => Promise<void>,
): { readonly response: Response; readonly finished: Promise<void> } {
  const { readable, writable } = new IdentityTransformStream();
  const response = new Response(readable, { headers: { ...type, ...headers } });
  return { response, finished: fill(writable.getWriter(), produce) };
}

const type = {
  "content-type": "text/event-stream; charset=utf-8",
  "cache-control": "no-store, no-transform",
};

async function fill(
  writer: WritableStreamDefaultWriter<Uint8Array>,
  produce: (sink: EventSink) => Promise<void>,
): Promise<void> {
  const line = new Line(writer);
  // A write is also how a silent stream learns that its client has gone.
  const heartbeat = setInterval(() => line.beat(), HEARTBEAT_MS);
  try {
    await produce(line);
    await writer.close();
  } catch (error) {
    await writer.abort(error).catch(() => {});
    if (!(error instanceof ClientGone) && !line.gone.aborted) throw error;
  } finally {
    clearInterval(heartbeat);
  }
}

class Line implements EventSink {
  readonly #gone = new AbortController();
  readonly #encoder = new TextEncoder();
  #writing = 0;
  #quiet = true;

  constructor(private readonly writer: WritableStreamDefaultWriter<Uint8Array>) {}

  get gone(): AbortSignal {
    return this.#gone.signal;
  }

  async send(data: unknown, event?: string): Promise<void> {
    this.#quiet = false;
    await this.#write(`${event ? `event: ${event}\n` : ""}data: ${JSON.stringify(data)}\n\n`);
  }

  /** Writes a comment if nothing was sent since the last beat and nothing waits to be taken. */
  beat(): void {
    if (this.#quiet && this.#writing === 0) this.#write(": waiting\n\n").catch(() => {});
    this.#quiet = true;
  }

  async #write(text: string): Promise<void> {
    this.#writing += 1;
    try {
      await this.writer.write(this.#encoder.encode(text));
    } catch {
      this.#gone.abort();
      throw new ClientGone();
    } finally {
      this.#writing -= 1;
    }
  }
}
