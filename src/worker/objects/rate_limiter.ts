/**
 * Global counters: one object for the requests of each caller, and one for the usage of each
 * tenant, its ledger.
 */
import { DurableObject } from "cloudflare:workers";
import type { Env } from "../env";
import { type Allowance, Budget, type Reservation, type Spent } from "./budget";
import { type Entry, type Report, MetricsStore } from "./metrics_store";
import { type Limit, SlidingWindow, type RateLimitResult } from "./sliding_window";

export class RateLimiter extends DurableObject<Env> {
  readonly #window = new SlidingWindow(this.ctx.storage.sql);
  readonly #metrics = new MetricsStore(this.ctx.storage.sql);
  readonly #budget = new Budget(this.ctx.storage.sql);
  #armed = false;

  /** Allows and counts a request, or returns when the next one is allowed. */
  async take(limit: Limit): Promise<RateLimitResult> {
    const now = Date.now();
    const result = this.#window.take(limit, now);
    if (!this.#armed) await this.ctx.storage.setAlarm(now + limit.windowMs);
    this.#armed = true;
    return result;
  }

  /** Ledger only: reserves tokens, or returns the time when the budget resets. */
  reserve(allowance: Allowance, tokens: number): Reservation | number {
    return this.#budget.reserve(allowance, tokens, Date.now());
  }

  /** Ledger only: replaces the reserved tokens by the used ones. */
  settle(reservation: Reservation, used: number): void {
    this.#budget.settle(reservation, used);
  }

  /** Ledger only: counts a finished request. */
  count(entry: Entry): void {
    this.#metrics.count(entry, Date.now());
  }

  /** Ledger only: returns the counts and the used tokens. */
  report(): Report & { readonly spent: Spent } {
    const now = Date.now();
    return { ...this.#metrics.report(now), spent: this.#budget.spent(now) };
  }

  /** Deletes the object of a caller without a request for a whole window. */
  override async alarm(): Promise<void> {
    const last = this.#window.expire(Date.now());
    this.#armed = last !== null;
    if (last === null) await this.ctx.storage.deleteAll();
    else await this.ctx.storage.setAlarm(last);
  }
}
