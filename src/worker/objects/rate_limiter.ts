/**
 * Counts, so that all of Cloudflare counts as one: in one object the requests of a caller, in
 * another, the ledger, what a tenant uses.
 */
import { DurableObject } from "cloudflare:workers";
import type { Env } from "../env";
import { type Allowance, Budget, type Reservation, type Spent } from "./budget";
import { type Entry, type Report, Tally } from "./tally";
import { type Served, type VersionCounts, VersionTally } from "./version_tally";
import { type Limit, SlidingWindow, type Verdict } from "./window";

export class RateLimiter extends DurableObject<Env> {
  readonly #window = new SlidingWindow(this.ctx.storage.sql);
  readonly #tally = new Tally(this.ctx.storage.sql);
  readonly #versions = new VersionTally(this.ctx.storage.sql);
  readonly #budget = new Budget(this.ctx.storage.sql);
  #armed = false;

  /** Lets a request through and counts it, or says when to come again. */
  async take(limit: Limit): Promise<Verdict> {
    const now = Date.now();
    const verdict = this.#window.take(limit, now);
    if (!this.#armed) await this.ctx.storage.setAlarm(now + limit.windowMs);
    this.#armed = true;
    return verdict;
  }

  /** Of the ledger: reserves tokens, or returns when there will be some again. */
  reserve(allowance: Allowance, tokens: number): Reservation | number {
    return this.#budget.reserve(allowance, tokens, Date.now());
  }

  /** Of the ledger: puts what was used in place of what was reserved. */
  settle(reservation: Reservation, used: number): void {
    this.#budget.settle(reservation, used);
  }

  /** Of the ledger: counts a request that has ended; with `served`, for its version, too. */
  count(entry: Entry, served?: Served): void {
    const now = Date.now();
    this.#tally.count(entry, now);
    if (served) this.#versions.count(served, now);
  }

  /** Of the ledger: what was counted, and what the budget has spent. */
  report(): Report & { readonly spent: Spent; readonly versions: readonly VersionCounts[] } {
    const now = Date.now();
    const versions = this.#versions.report(now);
    return { ...this.#tally.report(now), spent: this.#budget.spent(now), versions };
  }

  /** Ends the object of a caller who has not come again for a window. */
  override async alarm(): Promise<void> {
    const last = this.#window.expire(Date.now());
    this.#armed = last !== null;
    if (last === null) await this.ctx.storage.deleteAll();
    else await this.ctx.storage.setAlarm(last);
  }
}
