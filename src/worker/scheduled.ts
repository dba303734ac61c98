/** What a cron trigger starts. */
import type { Env } from "./env";
import { log } from "./observe/log";
import { tenantsOf } from "./tenancy/deployment";

/** Leaves one line for each tenant, that says for whom it ran, and when it was due. */
export function runScheduled(controller: ScheduledController, env: Env): void {
  for (const tenant of tenantsOf(env)) {
    log(env, "info", "scheduled", {
      tenantId: tenant.id,
      environment: tenant.environment,
      versionId: tenant.version.id,
      cron: controller.cron,
      due: new Date(controller.scheduledTime).toISOString(),
    });
  }
}
