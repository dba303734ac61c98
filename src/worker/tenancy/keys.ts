/** API keys: only their SHA-256 digests are known here, and they are compared in constant time. */
import type { Tenant } from "./deployment";

/** The digest of the key that a request carries, or nothing where it carries none. */
export async function presentedKey(headers: Headers): Promise<Uint8Array | undefined> {
  const bearer = /^Bearer +(\S+)$/i.exec(headers.get("authorization") ?? "")?.[1];
  const key = headers.get("x-api-key") || bearer;
  if (!key) return undefined;
  return new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(key)));
}

/** Compares with every digest of the tenant, however early one is found to be the same. */
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
