/** The token budget of a tenant: asked before a model is, settled when the model has ended. */
import type { Env } from "../env";
import { HttpError } from "../http/errors";
import { estimateTokens } from "../model/usage";
import type { Reservation } from "../objects/budget";
import { ledgerOf } from "../objects/named";
import type { Tenant } from "../tenancy/deployment";
import { CONTEXT_BYTES, MAX_ANSWER_TOKENS } from "../timing";
import { utf8Length } from "../utf8";

/** Reserves as much as one call may use; throws `budget_exceeded` where nothing is left. */
export async function reserve(env: Env, tenant: Tenant, message: string): Promise<Reservation> {
  const most = estimateTokens(CONTEXT_BYTES + utf8Length(message)) + MAX_ANSWER_TOKENS;
  const given = await ledgerOf(env, tenant).reserve(tenant.config.tokenBudget, most);
  if (typeof given !== "number") return given;
  const seconds = Math.max(Math.ceil((given - Date.now()) / 1_000), 1);
  throw new HttpError(429, "budget_exceeded", "The token budget of this tenant is used up.", {
    "retry-after": String(seconds),
  });
}

export async function settle(
  env: Env,
  tenant: Tenant,
  reservation: Reservation,
  tokens: number,
): Promise<void> {
  await ledgerOf(env, tenant).settle(reservation, tokens);
}
