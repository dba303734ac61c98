/** Structured logging: one JSON line for each event, as Workers Logs indexes it. */
import type { Vars } from "../env";

const levels = ["debug", "info", "warn", "error"] as const;

export type Level = (typeof levels)[number];

/** Writes the line if LOG_LEVEL includes `level`; an unknown LOG_LEVEL counts as `info`. */
export function log(
  vars: Vars,
  level: Level,
  event: string,
  facts: Readonly<Record<string, unknown>>,
): void {
  const threshold = levels.find((known) => known === vars.LOG_LEVEL) ?? "info";
  if (levels.indexOf(level) < levels.indexOf(threshold)) return;
  console[level](JSON.stringify({ level, event, ...facts }));
}
