/** The answer as Server-Sent Events: tokens, at most one `error`, and `done` at the end. */
import { ClientGone, eventStream, type EventSink } from "../http/sse";
import { type Listener, NoAnswer } from "../model/answer";
import { ModelError } from "../model/errors";
import { causeOf } from "../observe/account";
import { complete, type Turn } from "./turn";

export function streamed(turn: Turn): Response {
  const headers = { "x-trace-id": turn.traceId };
  const { response, finished } = eventStream(headers, (sink) => tell(turn, sink));
  turn.account.ended = finished;
  return response;
}

async function tell(turn: Turn, sink: EventSink): Promise<void> {
  const { traceId } = turn;
  try {
    const answer = await complete(turn, new Passing(sink), sink.gone);
    const { modelId, fallbackUsed, spent } = answer;
    const { usage } = spent;
    await sink.send({ complete: true, modelId, fallbackUsed, usage, traceId }, "done");
  } catch (error) {
    if (error instanceof ClientGone || sink.gone.aborted) {
      turn.account.note({ cancelled: true });
      return;
    }
    const { modelId, fallbackUsed, spent } = error instanceof NoAnswer ? error : noModel;
    const usage = spent?.usage ?? null;
    await sink.send({ ...publicFault(turn, error), traceId }, "error");
    await sink.send({ complete: false, modelId, fallbackUsed, usage, traceId }, "done");
  }
}

/** Passes tokens on as they come; the first one commits to its model. */
class Passing implements Listener {
  committed = false;

  constructor(private readonly sink: EventSink) {}

  async token(token: string): Promise<void> {
    this.committed = true;
    await this.sink.send({ token });
  }
}

const noModel = { modelId: null, fallbackUsed: false, spent: null };

function publicFault(
  { account }: Turn,
  error: unknown,
): { readonly code: string; readonly message: string } {
  const cause = error instanceof NoAnswer ? error.cause : error;
  if (cause instanceof ModelError) {
    account.note({ code: cause.code });
    return { code: cause.code, message: cause.message };
  }
  account.note({ code: "internal_error", cause: causeOf(cause) });
  return { code: "internal_error", message: "Something went wrong; the trace id finds it." };
}
