/** One id that follows a request through logs and answers. */

// https://www.w3.org/TR/trace-context/#traceparent-header: versions after 00 may add fields.
const traceparent = /^(?!ff)([0-9a-f]{2})-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}(-.*)?$/;
const sane = /^[A-Za-z0-9._-]{8,64}$/;

/** Takes the caller's id where it is well formed (`traceparent` first), else makes one. */
export function traceIdOf(headers: Headers): string {
  return (
    fromTraceparent(headers.get("traceparent") ?? "") ??
    sane.exec(headers.get("x-trace-id") ?? "")?.[0] ??
    crypto.randomUUID().replaceAll("-", "")
  );
}

function fromTraceparent(header: string): string | undefined {
  const [, version, traceId, more] = traceparent.exec(header) ?? [];
  return version === "00" && more !== undefined ? undefined : traceId;
}
