/** Who asks, as far as a rate limit tells callers apart. */
import type { Tenant } from "./deployment";
import { toHex } from "./keys";

const USER = /^[A-Za-z0-9._@-]{1,64}$/;

/**
 * The key and the address of the caller; where the tenant's flag `trustUserId` is on and the
 * holder of a key names its user in `x-user-id`, the key and that user.
 */
export function callerOf(tenant: Tenant, headers: Headers, key: Uint8Array | undefined): string {
  const who = key && tenant.config.apiKeyDigests.length > 0 ? toHex(key.subarray(0, 8)) : "anyone";
  const user = USER.exec(headers.get("x-user-id") ?? "")?.[0];
  if (tenant.config.featureFlags.trustUserId && user) return `${who}/${user}`;
  return `${who}@${network(headers.get("cf-connecting-ip") ?? "unknown")}`;
}

/** An IPv6 customer has a network of addresses, which count as one: its first 64 bits. */
function network(address: string): string {
  if (!address.includes(":") || address.includes(".")) return address;
  const [head = [], tail] = address.split("::").map((part) => part.split(":").filter(Boolean));
  const zeros = Array<string>(Math.max(8 - head.length - (tail?.length ?? 0), 0)).fill("0");
  return [...head, ...(tail ? zeros : []), ...(tail ?? [])].slice(0, 4).join(":");
}
