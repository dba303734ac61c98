/** Counts the requests of one caller of one tenant, so that all of Cloudflare counts as one. */
import { DurableObject } from "cloudflare:workers";
import type { Env } from "../env";
import { type Limit, SlidingWindow, type Verdict } from "./window";

export class RateLimiter extends DurableObject<Env> {
  readonly #window = new SlidingWindow(this.ctx.storage.sql);
  #armed = false;

  /** Lets a request through and counts it, or says when to come again. */
  async take(limit: Limit): Promise<Verdict> {
    const now = Date.now();
    const verdict = this.#window.take(limit, now);
    if (!this.#armed) await this.ctx.storage.setAlarm(now + limit.windowMs);
    this.#armed = true;
    return verdict;
  }

  /** Ends the object of a caller who has not come again for a window. */
  override async alarm(): Promise<void> {
    const last = this.#window.expire(Date.now());
    this.#armed = last !== null;
    if (last === null) await this.ctx.storage.deleteAll();
    else await this.ctx.storage.setAlarm(last);
  }
}
