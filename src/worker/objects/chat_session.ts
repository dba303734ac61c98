/** One chat session of one tenant: one object, so that concurrent messages are put in one order. */
import { DurableObject } from "cloudflare:workers";
import type { Env } from "../env";
import { CONTEXT_BYTES } from "../timing";
import { type Message, Transcript } from "./transcript";

/** How much of a session is kept, and for how long; the caller's tenant says it with each call. */
export interface Keeping {
  readonly maxMessages: number;
  readonly retentionMs: number;
}

export interface Asked {
  /** The number of the turn, to answer it. */
  readonly turn: number;
  /** What was said before, as far as a model gets to read it. */
  readonly before: readonly Message[];
}

export class ChatSession extends DurableObject<Env> {
  readonly #transcript = new Transcript(this.ctx.storage.sql);

  /** Stores a question, and sees to it that it will be deleted in time. */
  async ask(question: string, keeping: Keeping): Promise<Asked> {
    this.#expire(keeping);
    const turn = this.#transcript.ask(question, Date.now(), keeping.retentionMs);
    this.#transcript.trim(keeping.maxMessages);
    await this.#setAlarm();
    return { turn, before: this.#transcript.before(turn, CONTEXT_BYTES) };
  }

  answer(turn: number, content: string, modelId: string, keeping: Keeping): void {
    this.#transcript.answer(turn, content, modelId, Date.now());
    if (this.#transcript.exists()) this.#transcript.trim(keeping.maxMessages);
  }

  history(keeping: Keeping): readonly Message[] {
    this.#expire(keeping);
    return this.#transcript.messages();
  }

  /** Deletes every message; returns how many there were. */
  clear(): number {
    return this.#transcript.clear();
  }

  /** Deletes what is over, though no request comes; where nothing is left, the object itself ends. */
  override async alarm(): Promise<void> {
    this.#transcript.expire(Date.now(), 0);
    if (this.#transcript.nextExpiry() === null) await this.ctx.storage.deleteAll();
    else await this.#setAlarm();
  }

  #expire({ retentionMs }: Keeping): void {
    const now = Date.now();
    this.#transcript.expire(now, now - retentionMs);
  }

  async #setAlarm(): Promise<void> {
    const wanted = this.#transcript.nextExpiry();
    const set = await this.ctx.storage.getAlarm();
    if (wanted !== null && (set === null || wanted < set)) await this.ctx.storage.setAlarm(wanted);
  }
}
