/** GET /metrics: a tenant's requests of the last day, by version too, and its budget. */
import { success } from "./http/envelope";
import type { Exchange } from "./http/router";
import { ledgerOf } from "./objects/named";
import type { Counts } from "./objects/tally";

const NOTHING: Counts = {
  requests: 0,
  refused: 0,
  failed: 0,
  tokensIn: 0,
  tokensOut: 0,
  costUsd: 0,
  fallbacks: 0,
};

export async function getMetrics({ env, tenant, traceId }: Exchange): Promise<Response> {
  const { since, routes, latencyMs, spent, versions } = await ledgerOf(env, tenant).report();
  const total = routes.reduce(plus, NOTHING);
  const { daily, monthly } = tenant.config.tokenBudget;
  const data = {
    tenantId: tenant.id,
    since: new Date(since).toISOString(),
    total: { ...total, errorRate: total.requests === 0 ? 0 : total.failed / total.requests },
    latencyMs,
    routes,
    versions,
    budget: {
      daily: { used: spent.daily, limit: daily },
      monthly: { used: spent.monthly, limit: monthly },
    },
  };
  return success(data, traceId);
}

function plus(sum: Counts, more: Counts): Counts {
  const names = Object.keys(sum) as (keyof Counts)[];
  return Object.fromEntries(names.map((name) => [name, sum[name] + more[name]])) as never;
}
