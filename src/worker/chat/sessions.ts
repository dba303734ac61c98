/** Reads and deletes the stored messages of a session. */
import { success } from "../http/envelope";
import { HttpError } from "../http/errors";
import type { RequestContext } from "../http/router";
import { retentionOf, sessionOf } from "../objects/stubs";
import { readSessionId } from "./request";

/** GET /chat/:sessionId/history: all messages, each answer after its question. */
export async function getHistory(context: RequestContext): Promise<Response> {
  const { env, tenant, traceId, params } = context;
  const sessionId = readSessionId(params.sessionId);
  const messages = await sessionOf(env, tenant, sessionId).history(retentionOf(tenant));
  if (messages.length === 0) {
    throw new HttpError(404, "session_not_found", "This session has no messages.");
  }
  return success({ sessionId, messages }, traceId);
}

/** DELETE /chat/:sessionId: deletes all messages; deletes 0 if the session has none. */
export async function deleteSession(context: RequestContext): Promise<Response> {
  const { env, tenant, traceId, params } = context;
  const sessionId = readSessionId(params.sessionId);
  const deleted = await sessionOf(env, tenant, sessionId).clear();
  return success({ sessionId, deleted }, traceId);
}
