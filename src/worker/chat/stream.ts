/** Streams the answer as Server-Sent Events: tokens, at most one `error`, and a final `done`. */
import { ClientDisconnected, eventStream, type EventSink } from "../http/sse";
import { type Listener, ModelsExhausted } from "../model/answer";
import { ModelError } from "../model/errors";
import { causeOf } from "../observe/request_log";
import { complete, type Turn } from "./turn";

export function streamResponse(turn: Turn): Response {
  const headers = { "x-trace-id": turn.traceId };
  const { response, finished } = eventStream(headers, (sink) => streamAnswer(turn, sink));
  turn.requestLog.finished = finished;
  return response;
}

async function streamAnswer(turn: Turn, sink: EventSink): Promise<void> {
  const { traceId } = turn;
  try {
    const answer = await complete(turn, new TokenForwarder(sink), sink.gone);
    const { modelId, fallbackUsed, spent } = answer;
    const { usage } = spent;
    await sink.send({ complete: true, modelId, fallbackUsed, usage, traceId }, "done");
  } catch (error) {
    if (error instanceof ClientDisconnected || sink.gone.aborted) {
      turn.requestLog.note({ cancelled: true });
      return;
    }
    const { modelId, fallbackUsed, spent } = error instanceof ModelsExhausted ? error : NO_MODEL;
    const usage = spent?.usage ?? null;
    await sink.send({ ...publicFault(turn, error), traceId }, "error");
    await sink.send({ complete: false, modelId, fallbackUsed, usage, traceId }, "done");
  }
}

/** Forwards each token to the client; after the first one no fallback model may start. */
class TokenForwarder implements Listener {
  committed = false;

  constructor(private readonly sink: EventSink) {}

  async token(token: string): Promise<void> {
    this.committed = true;
    await this.sink.send({ token });
  }
}

const NO_MODEL = { modelId: null, fallbackUsed: false, spent: null };

function publicFault(
  { requestLog }: Turn,
  error: unknown,
): { readonly code: string; readonly message: string } {
  const cause = error instanceof ModelsExhausted ? error.cause : error;
  if (cause instanceof ModelError) {
    requestLog.note({ code: cause.code });
    return { code: cause.code, message: cause.message };
  }
  requestLog.note({ code: "internal_error", cause: causeOf(cause) });
  return { code: "internal_error", message: "Something went wrong; the trace id finds it." };
}
