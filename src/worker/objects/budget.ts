/** What a tenant has used of its tokens in this UTC day and month, in SQLite. */

export interface Allowance {
  readonly daily: number;
  readonly monthly: number;
}

/** Tokens that are taken as used until the call that they are for has ended. */
export interface Reservation {
  readonly periods: readonly string[];
  readonly tokens: number;
}

export interface Spent {
  readonly daily: number;
  readonly monthly: number;
}

const SCHEMA = "CREATE TABLE IF NOT EXISTS spent (period TEXT PRIMARY KEY, tokens INTEGER NOT NULL)";

/** Times are milliseconds since 1970. */
export class Budget {
  constructor(private readonly sql: SqlStorage) {}

  /**
   * Takes tokens from what is left, or returns when there will be some again. What is reserved
   * counts as used at once, so a call whose end is never heard of stays paid for.
   */
  reserve(allowance: Allowance, tokens: number, now: number): Reservation | number {
    const spent = this.spent(now);
    if (spent.monthly >= allowance.monthly) return nextMonth(now);
    if (spent.daily >= allowance.daily) return nextDay(now);
    const periods = [dayOf(now), monthOf(now)];
    for (const period of periods) this.#add(period, tokens);
    return { periods, tokens };
  }

  /** Puts what a call really used in place of what was reserved for it. */
  settle({ periods, tokens }: Reservation, used: number): void {
    for (const period of periods) this.#add(period, used - tokens);
  }

  spent(now: number): Spent {
    this.sql.exec(SCHEMA);
    this.sql.exec("DELETE FROM spent WHERE period < ?", monthOf(now));
    return { daily: this.#tokens(dayOf(now)), monthly: this.#tokens(monthOf(now)) };
  }

  #add(period: string, tokens: number): void {
    this.sql.exec(
      `INSERT INTO spent VALUES (?1, MAX(?2, 0))
        ON CONFLICT (period) DO UPDATE SET tokens = MAX(tokens + ?2, 0)`,
      period,
      tokens,
    );
  }

  #tokens(period: string): number {
    const query = "SELECT tokens FROM spent WHERE period = ?";
    return this.sql.exec<{ tokens: number }>(query, period).toArray()[0]?.tokens ?? 0;
  }
}

const dayOf = (now: number) => new Date(now).toISOString().slice(0, 10);
const monthOf = (now: number) => new Date(now).toISOString().slice(0, 7);

function nextDay(now: number): number {
  const date = new Date(now);
  return Date.UTC(date.getUTCFullYear(), date.getUTCMonth(), date.getUTCDate() + 1);
}

function nextMonth(now: number): number {
  const date = new Date(now);
  return Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1);
}
