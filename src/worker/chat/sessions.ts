/** What is kept of a session: read it, delete it. */
import { success } from "../http/envelope";
import { HttpError } from "../http/errors";
import type { Exchange } from "../http/router";
import { keepingOf, sessionOf } from "../objects/named";
import { readSessionId } from "./request";

/** GET /chat/:sessionId/history: all messages, each answer after its question. */
export async function getHistory({ env, tenant, traceId, params }: Exchange): Promise<Response> {
  const sessionId = readSessionId(params.sessionId);
  const messages = await sessionOf(env, tenant, sessionId).history(keepingOf(tenant));
  if (messages.length === 0) {
    throw new HttpError(404, "session_not_found", "This session has no messages.");
  }
  return success({ sessionId, messages }, traceId);
}

/** DELETE /chat/:sessionId: deletes all messages; of a session that has none, none. */
export async function deleteSession({ env, tenant, traceId, params }: Exchange): Promise<Response> {
  const sessionId = readSessionId(params.sessionId);
  const deleted = await sessionOf(env, tenant, sessionId).clear();
  return success({ sessionId, deleted }, traceId);
}
