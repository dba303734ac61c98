/** Gets an answer: from the model that was chosen, or from the fallback model where that fails. */
import { log } from "../log";
import { type Call, callModel, type Heard } from "./call";
import { ModelError } from "./errors";
import { NO_USAGE, plus, type Usage, usageOf } from "./usage";

export interface Answer {
  readonly text: string;
  readonly modelId: string;
  readonly fallbackUsed: boolean;
  /** Of all models that were asked. */
  readonly usage: Usage;
}

/** No model answered; `usage` is what the attempts took. */
export class NoAnswer extends Error {
  override readonly name = "NoAnswer";

  constructor(
    override readonly cause: unknown,
    readonly modelId: string,
    readonly fallbackUsed: boolean,
    readonly usage: Usage,
  ) {
    super("no model answered");
  }
}

/** Who takes tokens. */
export interface Listener {
  /** Whether a token has been passed on for good, so that no other model may start again. */
  readonly committed: boolean;
  token(token: string): Promise<void>;
}

/** Asks the models one after the other until one answers; throws `NoAnswer`. */
export async function answerBy(
  models: readonly string[],
  call: Call,
  listener: Listener,
): Promise<Answer> {
  let usage = NO_USAGE;
  for (const [index, modelId] of models.entries()) {
    const heard: Heard = { text: "", reported: undefined };
    const fallbackUsed = index > 0;
    try {
      await callModel(modelId, call, heard, (token) => listener.token(token));
      return { text: heard.text, modelId, fallbackUsed, usage: plus(usage, spent(call, heard)) };
    } catch (error) {
      if (isCharged(call, heard, error)) usage = plus(usage, spent(call, heard));
      noteFailure(call, modelId, error);
      const over = !(error instanceof ModelError) || call.signal.aborted || listener.committed;
      if (over || index === models.length - 1) {
        throw new NoAnswer(error, modelId, fallbackUsed, usage);
      }
    }
  }
  throw new Error("no models were given");
}

function spent({ messages }: Call, { reported, text }: Heard): Usage {
  return usageOf(reported, messages.map(({ content }) => content), text);
}

/** A model that refused a call did not work for it; one that was given up on may have. */
function isCharged({ signal }: Call, { text }: Heard, error: unknown): boolean {
  const refused = error instanceof ModelError && error.code === "model_failed" && !signal.aborted;
  return text !== "" || !refused;
}

function noteFailure({ env, tenant, traceId, signal }: Call, model: string, error: unknown): void {
  if (!(error instanceof ModelError) || signal.aborted) return;
  const { code, reason } = error;
  log(env, "warn", "model_error", { traceId, tenantId: tenant.id, model, code, reason });
}
