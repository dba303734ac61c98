/** One chat session of one tenant; a single object, so that concurrent messages get one order. */
import { DurableObject } from "cloudflare:workers";
import type { Env } from "../env";
import { CONTEXT_BYTES } from "../timing";
import { type Message, Transcript } from "./transcript";

/** How many messages a session keeps, and for how long; each call passes its tenant's settings. */
export interface Retention {
  readonly maxMessages: number;
  readonly retentionMs: number;
}

export interface PendingTurn {
  /** The number of the turn, for `answer`. */
  readonly turn: number;
  /** The earlier messages that fit into the context of the model. */
  readonly before: readonly Message[];
}

export class ChatSession extends DurableObject<Env> {
  readonly #transcript = new Transcript(this.ctx.storage.sql);

  /** Stores a question and schedules its deletion. */
  async ask(question: string, retention: Retention): Promise<PendingTurn> {
    this.#expire(retention);
    const turn = this.#transcript.ask(question, Date.now(), retention.retentionMs);
    this.#transcript.trim(retention.maxMessages);
    await this.#setAlarm();
    return { turn, before: this.#transcript.before(turn, CONTEXT_BYTES) };
  }

  answer(turn: number, content: string, modelId: string, retention: Retention): void {
    this.#transcript.answer(turn, content, modelId, Date.now());
    if (this.#transcript.exists()) this.#transcript.trim(retention.maxMessages);
  }

  history(retention: Retention): readonly Message[] {
    this.#expire(retention);
    return this.#transcript.messages();
  }

  /** Deletes every message; returns how many there were. */
  clear(): number {
    return this.#transcript.clear();
  }

  /** Deletes expired turns without a call; deletes the whole object when none is left. */
  override async alarm(): Promise<void> {
    this.#transcript.expire(Date.now(), 0);
    if (this.#transcript.nextExpiry() === null) await this.ctx.storage.deleteAll();
    else await this.#setAlarm();
  }

  #expire({ retentionMs }: Retention): void {
    const now = Date.now();
    this.#transcript.expire(now, now - retentionMs);
  }

  async #setAlarm(): Promise<void> {
    const wanted = this.#transcript.nextExpiry();
    const set = await this.ctx.storage.getAlarm();
    if (wanted !== null && (set === null || wanted < set)) await this.ctx.storage.setAlarm(wanted);
  }
}
