/** Matches hosts and origins against a tenant's `allowedHosts`. */
import type { Tenant } from "./deployment";

/** `*.` stands for one or more labels; an entry without a port allows every port. */
export function allowsHost(tenant: Tenant, url: URL): boolean {
  return tenant.config.allowedHosts.some((entry) => {
    const host = /:\d+$/.test(entry) ? `${url.hostname}:${portOf(url)}` : url.hostname;
    return entry.startsWith("*.") ? host.endsWith(entry.slice(1)) : host === entry;
  });
}

/**
 * Returns whether a page of this origin may call: an allowed host over HTTPS, or over plain HTTP if
 * the host is this machine, where no third party can change the traffic.
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
    return undefined; // `null`: an opaque origin
  }
}

const portOf = (url: URL) => url.port || (url.protocol === "https:" ? "443" : "80");
const isLocal = (host: string) => /^(.+\.)?localhost$/.test(host) || host === "127.0.0.1";
