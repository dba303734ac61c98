/** Finds the one tenant that a request is for, before anything of any tenant is touched. */
import { HttpError } from "../http/errors";
import type { Tenant } from "./deployment";
import { allowsHost } from "./hosts";
import { isKeyOf } from "./keys";

type Tenants = readonly Tenant[];

/**
 * Returns the tenant on which the header `x-tenant-id`, the host and the API key agree; each of
 * them may be silent, but not all. Throws `unknown_tenant`, `tenant_conflict` or, where the tenant
 * has keys and the request has none of them, `unauthorized`.
 */
export function resolveTenant(
  request: Request,
  tenants: Tenants,
  key: Uint8Array | undefined,
): Tenant {
  const byKey = key && some(tenants.filter((tenant) => isKeyOf(tenant, key)));
  const signals = [byHeader(request, tenants), byHost(request, tenants), byKey].filter(isGiven);
  if (signals.length === 0 && tenants.every(hasKeys)) throw unauthorized();
  const tenant = agreed(tenants, signals);
  if (hasKeys(tenant) && !(key && isKeyOf(tenant, key))) throw unauthorized();
  return tenant;
}

/** As `resolveTenant`, but without a key, and the only tenant needs no signal at all. */
export function resolveOpenly(request: Request, tenants: Tenants): Tenant {
  const signals = [byHeader(request, tenants), byHost(request, tenants)].filter(isGiven);
  return agreed(tenants, signals.length === 0 && tenants.length === 1 ? [tenants] : signals);
}

function byHeader(request: Request, tenants: Tenants): Tenants | undefined {
  const id = request.headers.get("x-tenant-id");
  if (id === null) return undefined;
  const named = tenants.filter((tenant) => tenant.id === id);
  if (named.length === 0) throw unknownTenant("No tenant here has this id.");
  return named;
}

function byHost(request: Request, tenants: Tenants): Tenants | undefined {
  const url = new URL(request.url);
  return some(tenants.filter((tenant) => allowsHost(tenant, url)));
}

function agreed(tenants: Tenants, signals: readonly Tenants[]): Tenant {
  if (signals.length === 0) throw unknownTenant("Say in x-tenant-id whom this is for.");
  const [tenant, ...others] = tenants.filter((it) => signals.every((named) => named.includes(it)));
  if (!tenant) {
    const message = "x-tenant-id, the host and the API key do not mean the same tenant.";
    throw new HttpError(400, "tenant_conflict", message);
  }
  if (others.length > 0) throw unknownTenant("Several tenants fit; say in x-tenant-id which.");
  return tenant;
}

const hasKeys = (tenant: Tenant) => tenant.config.apiKeyDigests.length > 0;
const some = (found: Tenants) => (found.length > 0 ? found : undefined);
const isGiven = (signal: Tenants | undefined) => signal !== undefined;

const unknownTenant = (message: string) => new HttpError(403, "unknown_tenant", message);
const unauthorized = () =>
  new HttpError(401, "unauthorized", "Send a valid API key as `authorization: Bearer KEY`.", {
    "www-authenticate": "Bearer",
  });
