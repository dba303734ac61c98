/** Errors that a client is meant to see. Any other error is answered as `internal_error`. */

/** Each code stands in docs/worker/api.md. */
export type ErrorCode =
  | "invalid_json"
  | "invalid_request"
  | "model_not_allowed"
  | "tenant_conflict"
  | "unauthorized"
  | "unknown_tenant"
  | "origin_not_allowed"
  | "not_found"
  | "session_not_found"
  | "method_not_allowed"
  | "payload_too_large"
  | "unsupported_media_type"
  | "rate_limited"
  | "budget_exceeded"
  | "internal_error"
  | "model_failed"
  | "misconfigured"
  | "model_timeout";

export class HttpError extends Error {
  override readonly name = "HttpError";

  constructor(
    readonly status: number,
    readonly code: ErrorCode,
    message: string,
    readonly headers: Readonly<Record<string, string>> = {},
  ) {
    super(message);
  }
}

/** Returns what a client may know of an error. */
export function publicError(error: unknown): HttpError {
  if (error instanceof HttpError) return error;
  return new HttpError(500, "internal_error", "Something went wrong; the trace id finds it.");
}
