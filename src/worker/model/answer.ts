/** Gets an answer from the selected model, or from the fallback model if that one fails. */
import { log } from "../observe/log";
import { type Call, callModel, type ModelOutput } from "./call";
import { ModelError } from "./errors";
import { costOf, plusCost } from "./prices";
import { NO_USAGE, plus, type Usage, usageOf } from "./usage";

export interface Answer {
  readonly text: string;
  readonly modelId: string;
  readonly fallbackUsed: boolean;
  readonly spent: Spent;
}

/** Tokens and cost of all model calls of one turn. */
export interface Spent {
  readonly usage: Usage;
  /** US dollars, estimated; `null` if a price is unknown. */
  readonly costUsd: number | null;
}

/** Every model failed; `spent` is what the attempts used. */
export class ModelsExhausted extends Error {
  override readonly name = "ModelsExhausted";

  constructor(
    override readonly cause: unknown,
    readonly modelId: string,
    readonly fallbackUsed: boolean,
    readonly spent: Spent,
  ) {
    super("no model answered");
  }
}

/** Receives the tokens of an answer. */
export interface Listener {
  /** True after a token has reached the client: no fallback model may start then. */
  readonly committed: boolean;
  token(token: string): Promise<void>;
}

/** Calls the models in order until one answers; throws `ModelsExhausted`. */
export async function answerBy(
  models: readonly string[],
  call: Call,
  listener: Listener,
): Promise<Answer> {
  let spent: Spent = { usage: NO_USAGE, costUsd: 0 };
  for (const [index, modelId] of models.entries()) {
    const output: ModelOutput = { text: "", reported: undefined };
    const fallbackUsed = index > 0;
    try {
      await callModel(modelId, call, output, (token) => listener.token(token));
      spent = add(spent, modelId, call, output);
      return { text: output.text, modelId, fallbackUsed, spent };
    } catch (error) {
      if (isCharged(call, output, error)) spent = add(spent, modelId, call, output);
      noteFailure(call, modelId, error);
      const over = !(error instanceof ModelError) || call.signal.aborted || listener.committed;
      if (over || index === models.length - 1) {
        throw new ModelsExhausted(error, modelId, fallbackUsed, spent);
      }
    }
  }
  throw new Error("no models were given");
}

function add(spent: Spent, modelId: string, { messages }: Call, output: ModelOutput): Spent {
  const prompt = messages.map(({ content }) => content);
  const usage = usageOf(output.reported, prompt, output.text);
  return {
    usage: plus(spent.usage, usage),
    costUsd: plusCost(spent.costUsd, costOf(modelId, usage)),
  };
}

/** A model that rejected a call used no tokens; a call that timed out or was cancelled may have. */
function isCharged({ signal }: Call, { text }: ModelOutput, error: unknown): boolean {
  const refused = error instanceof ModelError && error.code === "model_failed" && !signal.aborted;
  return text !== "" || !refused;
}

function noteFailure({ env, tenant, traceId, signal }: Call, model: string, error: unknown): void {
  if (!(error instanceof ModelError) || signal.aborted) return;
  const { code, reason } = error;
  log(env, "warn", "model_error", { traceId, tenantId: tenant.id, model, code, reason });
}
