/** One turn of a conversation: stores the question, calls the models, stores the answer. */
import type { Env } from "../env";
import { reserve, settle } from "../limits/budget";
import { type Answer, answerBy, type Listener, ModelsExhausted } from "../model/answer";
import { modelsFor } from "../model/route";
import type { Reservation } from "../objects/budget";
import type { PendingTurn } from "../objects/chat_session";
import { retentionOf, sessionOf } from "../objects/stubs";
import type { RequestLog } from "../observe/request_log";
import type { Tenant } from "../tenancy/deployment";
import type { ChatRequest } from "./request";

export interface Turn {
  readonly env: Env;
  readonly tenant: Tenant;
  readonly traceId: string;
  readonly request: ChatRequest;
  readonly models: readonly string[];
  readonly pending: PendingTurn;
  readonly reservation: Reservation;
  readonly requestLog: RequestLog;
}

/** Checks the model and the token budget, then stores the question. */
export async function begin(
  { env, tenant, traceId, requestLog }: Pick<Turn, "env" | "tenant" | "traceId" | "requestLog">,
  request: ChatRequest,
): Promise<Turn> {
  const models = modelsFor(tenant, request.modelId);
  const reservation = await reserve(env, tenant, request.message);
  const session = sessionOf(env, tenant, request.sessionId);
  try {
    const pending = await session.ask(request.message, retentionOf(tenant));
    return { env, tenant, traceId, request, models, pending, reservation, requestLog };
  } catch (error) {
    await settle(env, tenant, reservation, 0);
    throw error;
  }
}

/** Calls the models and stores the answer; throws `ModelsExhausted`, and then stores nothing. */
export async function complete(
  turn: Turn,
  listener: Listener,
  signal: AbortSignal,
): Promise<Answer> {
  const { env, tenant, request, pending } = turn;
  const answer = await completeAndSettle(turn, listener, signal);
  const session = sessionOf(env, tenant, request.sessionId);
  await session.answer(pending.turn, answer.text, answer.modelId, retentionOf(tenant));
  return answer;
}

/** Calls the models and settles the tokens that they used, also on failure. */
async function completeAndSettle(
  turn: Turn,
  listener: Listener,
  signal: AbortSignal,
): Promise<Answer> {
  const { env, tenant, traceId, request, models, pending, reservation } = turn;
  const messages = [...pending.before, { role: "user" as const, content: request.message }].map(
    ({ role, content }) => ({ role, content }),
  );
  try {
    const answer = await answerBy(models, { env, tenant, traceId, messages, signal }, listener);
    note(turn, answer);
    await settle(env, tenant, reservation, answer.spent.usage.totalTokens);
    return answer;
  } catch (error) {
    if (error instanceof ModelsExhausted) {
      note(turn, error);
      await settle(env, tenant, reservation, error.spent.usage.totalTokens);
    }
    throw error;
  }
}

function note(
  { requestLog }: Turn,
  { modelId, fallbackUsed, spent }: Answer | ModelsExhausted,
): void {
  const { promptTokens, completionTokens, estimated } = spent.usage;
  requestLog.note({
    modelId,
    fallbackUsed,
    tokensIn: promptTokens,
    tokensOut: completionTokens,
    tokensEstimated: estimated,
    costUsd: spent.costUsd,
  });
}
