/** The form of every JSON answer: `{ok, data, traceId}` or `{ok, error, traceId}`. */
import type { HttpError } from "./errors";

export function success(data: unknown, traceId: string): Response {
  return answer(200, { ok: true, data, traceId });
}

export function failure({ status, code, message, headers }: HttpError, traceId: string): Response {
  return answer(status, { ok: false, error: { code, message }, traceId }, headers);
}

function answer(
  status: number,
  body: { readonly ok: boolean; readonly traceId: string; readonly [key: string]: unknown },
  headers: Readonly<Record<string, string>> = {},
): Response {
  return Response.json(body, {
    status,
    headers: { ...headers, "cache-control": "no-store", "x-trace-id": body.traceId },
  });
}
