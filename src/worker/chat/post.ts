/** POST /chat: takes a message and answers it, as a stream or whole. */
import { success } from "../http/envelope";
import { HttpError } from "../http/errors";
import type { Exchange } from "../http/router";
import { type Answer, NoAnswer } from "../model/answer";
import { ModelError, type ModelFault } from "../model/errors";
import { readChatRequest } from "./request";
import { streamed } from "./stream";
import { begin, complete, type Turn } from "./turn";

const STATUS: Readonly<Record<ModelFault, number>> = { model_failed: 502, model_timeout: 504 };

export async function postChat(exchange: Exchange): Promise<Response> {
  const request = await readChatRequest(exchange.request, exchange.tenant);
  const turn = await begin(exchange, request);
  return request.stream ? streamed(turn) : whole(turn);
}

async function whole(turn: Turn): Promise<Response> {
  // Nothing is passed on before all is there, so the fallback may take over at any point.
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
  if (error instanceof NoAnswer && error.cause instanceof ModelError) {
    const { code, message } = error.cause;
    throw new HttpError(STATUS[code], code, message);
  }
  throw error;
}
