/** One call of one model through the tenant's AI Gateway, read as it streams. */
import type { Env } from "../env";
import type { Tenant } from "../tenancy/deployment";
import { MAX_ANSWER_TOKENS, MODEL_SILENCE_MS } from "../timing";
import { asModelError, ModelError } from "./errors";
import { FrameReader, type ReportedUsage } from "./frames";
import { within } from "./within";

export interface Prompt {
  readonly role: "user" | "assistant";
  readonly content: string;
}

export interface Call {
  readonly env: Env;
  readonly tenant: Tenant;
  readonly traceId: string;
  readonly messages: readonly Prompt[];
  /** Ends the call. */
  readonly signal: AbortSignal;
}

/** What has been heard of a model so far, also where it failed then. */
export interface Heard {
  text: string;
  reported: ReportedUsage | undefined;
}

/** The form in which AI Gateway takes a call: which gateway, and what to file it under. */
export function gatewayOptions({ tenant, traceId }: Pick<Call, "tenant" | "traceId">): object {
  const metadata = { tenantId: tenant.id, environment: tenant.environment, traceId };
  return { gateway: { id: tenant.config.aiGatewayId, metadata } };
}

/**
 * Asks a model; `onToken` is awaited for each token before the next one is read. What is heard is
 * put into `heard`. Throws `ModelError`, and whatever `onToken` throws.
 */
export async function callModel(
  model: string,
  call: Call,
  heard: Heard,
  onToken: (token: string) => Promise<void>,
): Promise<void> {
  const reader = (await open(model, call)).pipeThrough(new TextDecoderStream()).getReader();
  const stop = () => void reader.cancel().catch(() => {});
  call.signal.addEventListener("abort", stop);
  try {
    await listen(reader, heard, onToken);
  } finally {
    call.signal.removeEventListener("abort", stop);
    stop();
  }
}

async function open(model: string, call: Call): Promise<ReadableStream<Uint8Array>> {
  const input = { messages: call.messages, stream: true, max_tokens: MAX_ANSWER_TOKENS };
  const running = call.env.AI.run(model, input, gatewayOptions(call));
  try {
    const result = await within(MODEL_SILENCE_MS, running, call.signal);
    if (result instanceof ReadableStream) return result;
  } catch (error) {
    // An answer that comes after all is not wanted any more.
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
  heard: Heard,
  onToken: (token: string) => Promise<void>,
): Promise<void> {
  const frames = new FrameReader();
  while (!frames.ended) {
    for (const { token, usage } of frames.push(await next(reader))) {
      heard.reported = usage ?? heard.reported;
      if (token === "") continue;
      heard.text += token;
      await onToken(token);
    }
  }
  if (heard.text === "") throw new ModelError("model_failed", "empty answer");
}

/** Reads on; a stream that ends before it has said that it is complete is broken. */
async function next(reader: ReadableStreamDefaultReader<string>): Promise<string> {
  try {
    const { done, value } = await within(MODEL_SILENCE_MS, reader.read());
    if (!done) return value;
  } catch (error) {
    throw asModelError(error);
  }
  throw new ModelError("model_failed", "stream cut off");
}
