/** POST /chat: answers a message, as a stream or as one JSON response. */
import { success } from "../http/envelope";
import { HttpError } from "../http/errors";
import type { RequestContext } from "../http/router";
import { type Answer, ModelsExhausted } from "../model/answer";
import { ModelError, type ModelFault } from "../model/errors";
import { readChatRequest } from "./request";
import { streamResponse } from "./stream";
import { begin, complete, type Turn } from "./turn";

const STATUS: Readonly<Record<ModelFault, number>> = { model_failed: 502, model_timeout: 504 };

export async function postChat(context: RequestContext): Promise<Response> {
  const request = await readChatRequest(context.request, context.tenant);
  const turn = await begin(context, request);
  return request.stream ? streamResponse(turn) : jsonResponse(turn);
}

async function jsonResponse(turn: Turn): Promise<Response> {
  // The client gets nothing before the answer is complete, so the fallback model may take over at
  // any point.
  const listener = { committed: false, token: async () => {} };
  const answer = await complete(turn, listener, new AbortController().signal).catch(refuse);
  const { modelId, fallbackUsed, text } = answer;
  const { usage } = answer.spent;
  const { sessionId } = turn.request;
  const message = { role: "assistant", content: text };
  const response = success({ sessionId, message, modelId, fallbackUsed, usage }, turn.traceId);
  for (const [name, value] of Object.entries(usageHeaders(answer))) {
    response.headers.set(name, value);
  }
  return response;
}

function usageHeaders({ modelId, fallbackUsed, spent: { usage } }: Answer): Record<string, string> {
  return {
    "x-model-id": modelId,
    "x-fallback-used": String(fallbackUsed),
    "x-tokens-in": String(usage.promptTokens),
    "x-tokens-out": String(usage.completionTokens),
    "x-tokens-estimated": String(usage.estimated),
  };
}

function refuse(error: unknown): never {
  if (error instanceof ModelsExhausted && error.cause instanceof ModelError) {
    const { code, message } = error.cause;
    throw new HttpError(STATUS[code], code, message);
  }
  throw error;
}
