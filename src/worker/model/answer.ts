/** Gets an answer: from the model that was chosen, or from the fallback model where that fails. */
import { log } from "../observe/log";
import { type Call, callModel, type Heard } from "./call";
import { ModelError } from "./errors";
import { costOf, plusCost } from "./prices";
import { NO_USAGE, plus, type Usage, usageOf } from "./usage";

export interface Answer {
  readonly text: string;
  readonly modelId: string;
  readonly fallbackUsed: boolean;
  readonly spent: Spent;
}

/** What all models that were asked took together. */
export interface Spent {
  readonly usage: Usage;
  /** US dollars, estimated; `null` where a price is not known. */
  readonly costUsd: number | null;
}

/** No model answered; `spent` is what the attempts took. */
export class NoAnswer extends Error {
  override readonly name = "NoAnswer";

  constructor(
    override readonly cause: unknown,
    readonly modelId: string,
    readonly fallbackUsed: boolean,
    readonly spent: Spent,
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
  let spent: Spent = { usage: NO_USAGE, costUsd: 0 };
  for (const [index, modelId] of models.entries()) {
    const heard: Heard = { text: "", reported: undefined };
    const fallbackUsed = index > 0;
    try {
      await callModel(modelId, call, heard, (token) => listener.token(token));
      spent = add(spent, modelId, call, heard);
      return { text: heard.text, modelId, fallbackUsed, spent };
    } catch (error) {
      if (isCharged(call, heard, error)) spent = add(spent, modelId, call, heard);
      noteFailure(call, modelId, error);
      const over = !(error instanceof ModelError) || call.signal.aborted || listener.committed;
      if (over || index === models.length - 1) {
        throw new NoAnswer(error, modelId, fallbackUsed, spent);
      }
    }
  }
  throw new Error("no models were given");
}

function add(spent: Spent, modelId: string, { messages }: Call, heard: Heard): Spent {
  const prompt = messages.map(({ content }) => content);
  const usage = usageOf(heard.reported, prompt, heard.text);
  return {
    usage: plus(spent.usage, usage),
    costUsd: plusCost(spent.costUsd, costOf(modelId, usage)),
  };
}

/** A model that refused a call did not work for it; one that timed out may have. */
function isCharged({ signal }: Call, { text }: Heard, error: unknown): boolean {
  const refused = error instanceof ModelError && error.code === "model_failed" && !signal.aborted;
  return text !== "" || !refused;
}

function noteFailure({ env, tenant, traceId, signal }: Call, model: string, error: unknown): void {
  if (!(error instanceof ModelError) || signal.aborted) return;
  const { code, reason } = error;
  log(env, "warn", "model_error", { traceId, tenantId: tenant.id, model, code, reason });
}
