/** One call of one model through the tenant's AI Gateway, read as it streams. */
import type { Env } from "../env";
import type { Tenant } from "../tenancy/deployment";
import { MAX_ANSWER_TOKENS, MODEL_SILENCE_MS } from "../timing";
import { asModelError, ModelError } from "./errors";
import { FrameReader, type ReportedUsage } from "./frames";
import { withTimeout } from "./timeout";

export interface Prompt {
  readonly role: "user" | "assistant";
  readonly content: string;
}

export interface Call {
  readonly env: Env;
  readonly tenant: Tenant;
  readonly traceId: string;
  readonly messages: readonly Prompt[];
  /** Cancels the call. */
  readonly signal: AbortSignal;
}

/** The output of a model so far, kept if the call fails later. */
export interface ModelOutput {
  text: string;
  reported: ReportedUsage | undefined;
}

/** The AI Gateway options of a call: the tenant's gateway, and metadata for its log. */
export function gatewayOptions({ tenant, traceId }: Pick<Call, "tenant" | "traceId">): object {
  const metadata = { tenantId: tenant.id, environment: tenant.environment, traceId };
  return { gateway: { id: tenant.config.aiGatewayId, metadata } };
}

/**
 * Calls a model; awaits `onToken` for each token before it reads the next one. Writes to `output`.
 * Throws `ModelError`, and any error of `onToken`.
 */
export async function callModel(
  model: string,
  call: Call,
  output: ModelOutput,
  onToken: (token: string) => Promise<void>,
): Promise<void> {
  const reader = (await open(model, call)).pipeThrough(new TextDecoderStream()).getReader();
  const stop = () => void reader.cancel().catch(() => {});
  call.signal.addEventListener("abort", stop);
  try {
    await listen(reader, output, onToken);
  } finally {
    call.signal.removeEventListener("abort", stop);
    stop();
  }
}

async function open(model: string, call: Call): Promise<ReadableStream<Uint8Array>> {
  const input = { messages: call.messages, stream: true, max_tokens: MAX_ANSWER_TOKENS };
  const running = call.env.AI.run(model, input, gatewayOptions(call));
  try {
    const result = await withTimeout(MODEL_SILENCE_MS, running, call.signal);
    if (result instanceof ReadableStream) return result;
  } catch (error) {
    // Cancel the stream if the model still answers later.
    running.then(discard).catch(() => {});
    throw asModelError(error);
  }
  throw new ModelError("model_failed", "no stream");
}

async function discard(late: unknown): Promise<void> {
  if (late instanceof ReadableStream) await late.cancel();
}

async function listen(
  reader: ReadableStreamDefaultReader<string>,
  output: ModelOutput,
  onToken: (token: string) => Promise<void>,
): Promise<void> {
  const frames = new FrameReader();
  while (!frames.ended) {
    for (const { token, usage } of frames.push(await next(reader))) {
      output.reported = usage ?? output.reported;
      if (token === "") continue;
      output.text += token;
      await onToken(token);
    }
  }
  if (output.text === "") throw new ModelError("model_failed", "empty answer");
}

/** Reads the next chunk; a stream that ends without its end marker is an error. */
async function next(reader: ReadableStreamDefaultReader<string>): Promise<string> {
  try {
    const { done, value } = await withTimeout(MODEL_SILENCE_MS, reader.read());
    if (!done) return value;
  } catch (error) {
    throw asModelError(error);
  }
  throw new ModelError("model_failed", "stream cut off");
}
