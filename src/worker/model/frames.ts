/** Reads the events of a model's stream, whatever chunks they come in. */

import { ModelError } from "./errors";

/** One event of a text model: a piece of the answer, or what it cost, or both. */
export interface Frame {
  readonly token: string;
  readonly usage: ReportedUsage | undefined;
}

export interface ReportedUsage {
  readonly prompt_tokens: number;
  readonly completion_tokens: number;
}

/** What Workers AI's models send: most of them `response`, those of OpenAI's form `choices`. */
interface Event {
  readonly response?: unknown;
  readonly choices?: readonly { readonly delta?: { readonly content?: unknown } }[];
  readonly usage?: Partial<Record<keyof ReportedUsage, unknown>> | null;
}

const END = "[DONE]";

/** Splits text into the data of its events. */
export class FrameReader {
  #rest = "";
  /** Whether the stream has said that it is complete. */
  ended = false;

  push(text: string): readonly Frame[] {
    const lines = (this.#rest + text).split(/\r\n|\r|\n/);
    this.#rest = lines.pop() ?? "";
    const data = lines.filter((line) => line.startsWith("data:")).map((line) => line.slice(5).trim());
    if (data.includes(END)) this.ended = true;
    return data.filter((item) => item !== END).map((item) => frameOf(parsed(item)));
  }
}

function parsed(data: string): Event {
  try {
    return Object(JSON.parse(data)) as Event;
  } catch {
    throw new ModelError("model_failed", "malformed event");
  }
}

function frameOf({ response, choices, usage }: Event): Frame {
  const token = response ?? choices?.[0]?.delta?.content ?? "";
  return { token: String(token), usage: usageOf(usage) };
}

function usageOf(usage: Event["usage"]): ReportedUsage | undefined {
  const { prompt_tokens, completion_tokens } = usage ?? {};
  if (typeof prompt_tokens !== "number" || typeof completion_tokens !== "number") return undefined;
  return { prompt_tokens, completion_tokens };
}
