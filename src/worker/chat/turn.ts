/** One turn of a conversation: the question is stored, models are asked, the answer is stored. */
import type { Env } from "../env";
import { reserve, settle } from "../limits/budget";
import { type Answer, answerBy, type Listener, NoAnswer } from "../model/answer";
import { modelsFor } from "../model/route";
import type { Reservation } from "../objects/budget";
import type { Asked } from "../objects/chat_session";
import { keepingOf, sessionOf } from "../objects/named";
import type { Account } from "../observe/account";
import type { Tenant } from "../tenancy/deployment";
import type { ChatRequest } from "./request";

export interface Turn {
  readonly env: Env;
  readonly tenant: Tenant;
  readonly traceId: string;
  readonly request: ChatRequest;
  readonly models: readonly string[];
  readonly asked: Asked;
  readonly reservation: Reservation;
  readonly account: Account;
}

/** Refuses what is not allowed or not paid for, then stores the question. */
export async function begin(
  { env, tenant, traceId, account }: Pick<Turn, "env" | "tenant" | "traceId" | "account">,
  request: ChatRequest,
): Promise<Turn> {
  const models = modelsFor(tenant, request.modelId);
  const reservation = await reserve(env, tenant, request.message);
  const session = sessionOf(env, tenant, request.sessionId);
  try {
    const asked = await session.ask(request.message, keepingOf(tenant));
    return { env, tenant, traceId, request, models, asked, reservation, account };
  } catch (error) {
    await settle(env, tenant, reservation, 0);
    throw error;
  }
}

/** Lets a model answer, and stores the answer; throws `NoAnswer`, and stores nothing then. */
export async function complete(
  turn: Turn,
  listener: Listener,
  signal: AbortSignal,
): Promise<Answer> {
  const { env, tenant, request, asked } = turn;
  const answer = await paid(turn, listener, signal);
  const session = sessionOf(env, tenant, request.sessionId);
  await session.answer(asked.turn, answer.text, answer.modelId, keepingOf(tenant));
  return answer;
}

/** Asks the models, and settles what that took however it ends. */
async function paid(turn: Turn, listener: Listener, signal: AbortSignal): Promise<Answer> {
  const { env, tenant, traceId, request, models, asked, reservation } = turn;
  const messages = [...asked.before, { role: "user" as const, content: request.message }].map(
    ({ role, content }) => ({ role, content }),
  );
  try {
    const answer = await answerBy(models, { env, tenant, traceId, messages, signal }, listener);
    note(turn, answer);
    await settle(env, tenant, reservation, answer.spent.usage.totalTokens);
    return answer;
  } catch (error) {
    if (error instanceof NoAnswer) {
      note(turn, error);
      await settle(env, tenant, reservation, error.spent.usage.totalTokens);
    }
    throw error;
  }
}

function note({ account }: Turn, { modelId, fallbackUsed, spent }: Answer | NoAnswer): void {
  const { promptTokens, completionTokens, estimated } = spent.usage;
  account.note({
    modelId,
    fallbackUsed,
    tokensIn: promptTokens,
    tokensOut: completionTokens,
    tokensEstimated: estimated,
    costUsd: spent.costUsd,
  });
}
