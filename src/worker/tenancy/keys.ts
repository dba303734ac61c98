/** API keys: the Worker knows only SHA-256 digests, and compares them in constant time. */
import type { Tenant } from "./deployment";

/** Returns the digest of the request's key, or undefined without a key. */
export async function presentedKey(headers: Headers): Promise<Uint8Array | undefined> {
  const bearer = /^Bearer +(\S+)$/i.exec(headers.get("authorization") ?? "")?.[1];
  const key = headers.get("x-api-key") || bearer;
  if (!key) return undefined;
  return new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(key)));
}

/** Compares with every digest of the tenant, also after a match, to take constant time. */
export function isKeyOf(tenant: Tenant, digest: Uint8Array): boolean {
  return tenant.config.apiKeyDigests
    .map((known) => crypto.subtle.timingSafeEqual(fromHex(known), digest))
    .includes(true);
}

export function toHex(bytes: Uint8Array): string {
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

function fromHex(digits: string): Uint8Array {
  return Uint8Array.from(digits.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
}
