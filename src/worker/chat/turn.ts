/** One turn of a conversation: the question is stored, models are asked, the answer is stored. */
import type { Env } from "../env";
import { type Answer, answerBy, type Listener } from "../model/answer";
import { modelsFor } from "../model/route";
import type { Asked } from "../objects/chat_session";
import { keepingOf, sessionOf } from "../objects/named";
import type { Tenant } from "../tenancy/deployment";
import type { ChatRequest } from "./request";

export interface Turn {
  readonly env: Env;
  readonly tenant: Tenant;
  readonly traceId: string;
  readonly request: ChatRequest;
  readonly models: readonly string[];
  readonly asked: Asked;
}

/** Refuses what is not allowed, then stores the question. */
export async function begin(
  { env, tenant, traceId }: Pick<Turn, "env" | "tenant" | "traceId">,
  request: ChatRequest,
): Promise<Turn> {
  const models = modelsFor(tenant, request.modelId);
  const session = sessionOf(env, tenant, request.sessionId);
  const asked = await session.ask(request.message, keepingOf(tenant));
  return { env, tenant, traceId, request, models, asked };
}

/** Lets a model answer, and stores the answer; throws `NoAnswer`, and stores nothing then. */
export async function complete(
  turn: Turn,
  listener: Listener,
  signal: AbortSignal,
): Promise<Answer> {
  const { env, tenant, traceId, request, models, asked } = turn;
  const messages = [...asked.before, { role: "user" as const, content: request.message }].map(
    ({ role, content }) => ({ role, content }),
  );
  const answer = await answerBy(models, { env, tenant, traceId, messages, signal }, listener);
  const session = sessionOf(env, tenant, request.sessionId);
  await session.answer(asked.turn, answer.text, answer.modelId, keepingOf(tenant));
  return answer;
}
