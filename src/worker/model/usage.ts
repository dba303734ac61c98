/** How many tokens a model call took: as the model says, or else an estimate that says so. */
import { utf8Length } from "../utf8";
import type { ReportedUsage } from "./frames";

export interface Usage {
  readonly promptTokens: number;
  readonly completionTokens: number;
  readonly totalTokens: number;
  readonly estimated: boolean;
}

export const NO_USAGE: Usage = usage(0, 0, false);

// English text has about four bytes of UTF-8 a token, Chinese three, which is one character.
const BYTES_A_TOKEN = 3;

/** Returns how many tokens so many bytes of UTF-8 are, rather too many than too few. */
export const estimateTokens = (bytes: number) => Math.ceil(bytes / BYTES_A_TOKEN);

export function usageOf(
  reported: ReportedUsage | undefined,
  prompt: readonly string[],
  answer: string,
): Usage {
  if (!reported) {
    const asked = prompt.reduce((sum, text) => sum + utf8Length(text), 0);
    return usage(estimateTokens(asked), estimateTokens(utf8Length(answer)), true);
  }
  return usage(reported.prompt_tokens, reported.completion_tokens, false);
}

/** Adds up the calls of one turn. */
export function plus(one: Usage, other: Usage): Usage {
  return usage(
    one.promptTokens + other.promptTokens,
    one.completionTokens + other.completionTokens,
    one.estimated || other.estimated,
  );
}

function usage(promptTokens: number, completionTokens: number, estimated: boolean): Usage {
  const totalTokens = promptTokens + completionTokens;
  return { promptTokens, completionTokens, totalTokens, estimated };
}
