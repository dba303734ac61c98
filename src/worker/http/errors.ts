/** Errors that a client is meant to see. Any other error is answered as `internal_error`. */

export type ErrorCode = "not_found" | "method_not_allowed" | "misconfigured" | "internal_error";

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
