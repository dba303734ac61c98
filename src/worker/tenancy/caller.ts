/** Identifies the caller for the rate limit. */
import type { Tenant } from "./deployment";
import { toHex } from "./keys";

const USER = /^[A-Za-z0-9._@-]{1,64}$/;

/**
 * Returns key and address of the caller; if the tenant's flag `trustUserId` is on and the request
 * has a key and an `x-user-id`, key and user.
 */
export function callerOf(tenant: Tenant, headers: Headers, key: Uint8Array | undefined): string {
  const who = key && tenant.config.apiKeyDigests.length > 0 ? toHex(key.subarray(0, 8)) : "anyone";
  const user = USER.exec(headers.get("x-user-id") ?? "")?.[0];
  if (tenant.config.featureFlags.trustUserId && user) return `${who}/${user}`;
  return `${who}@${network(headers.get("cf-connecting-ip") ?? "unknown")}`;
}

/** IPv6 addresses count by their /64 network, which belongs to one customer. */
function network(address: string): string {
  if (!address.includes(":") || address.includes(".")) return address;
  const [head = [], tail] = address.split("::").map((part) => part.split(":").filter(Boolean));
  const zeros = Array<string>(Math.max(8 - head.length - (tail?.length ?? 0), 0)).fill("0");
  return [...head, ...(tail ? zeros : []), ...(tail ?? [])].slice(0, 4).join(":");
}
