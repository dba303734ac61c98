/** One JSON line for each thing worth knowing, as Workers Logs indexes it. */
import type { Vars } from "../env";

const levels = ["debug", "info", "warn", "error"] as const;

export type Level = (typeof levels)[number];

/** Writes the line if LOG_LEVEL lets it through; without a known LOG_LEVEL, from `info` on. */
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
