/** Whether a host is one of a tenant's, as `allowedHosts` lists them. */
import type { Tenant } from "./deployment";

/** `*.` stands for one or more labels; an entry without a port allows every port. */
export function allowsHost(tenant: Tenant, url: URL): boolean {
  return tenant.config.allowedHosts.some((entry) => {
    const host = /:\d+$/.test(entry) ? `${url.hostname}:${portOf(url)}` : url.hostname;
    return entry.startsWith("*.") ? host.endsWith(entry.slice(1)) : host === entry;
  });
}

/**
 * Whether a page of this origin may call: an allowed host over HTTPS, or over plain HTTP where the
 * host is this machine, whose traffic no other machine can change.
 */
export function allowsOrigin(tenant: Tenant, origin: string): boolean {
  const url = parsed(origin);
  if (!url) return false;
  const trusted = url.protocol === "https:" || (url.protocol === "http:" && isLocal(url.hostname));
  return trusted && allowsHost(tenant, url);
}

function parsed(origin: string): URL | undefined {
  try {
    return new URL(origin);
  } catch {
    return undefined; // `null`, as of a page without an origin
  }
}

const portOf = (url: URL) => url.port || (url.protocol === "https:" ? "443" : "80");
const isLocal = (host: string) => /^(.+\.)?localhost$/.test(host) || host === "127.0.0.1";
