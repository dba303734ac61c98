/** How many tokens a model call took: as the model says, or else an estimate that says so. */
import type { ReportedUsage } from "./frames";

export interface Usage {
  readonly promptTokens: number;
  readonly completionTokens: number;
  readonly totalTokens: number;
  readonly estimated: boolean;
}

export const NO_USAGE: Usage = usage(0, 0, false);

// English text has about four characters a token.
const CHARACTERS_A_TOKEN = 4;

export const estimateTokens = (characters: number) => Math.ceil(characters / CHARACTERS_A_TOKEN);

export function usageOf(
  reported: ReportedUsage | undefined,
  prompt: readonly string[],
  answer: string,
): Usage {
  if (!reported) {
    const asked = prompt.reduce((sum, { length }) => sum + length, 0);
    return usage(estimateTokens(asked), estimateTokens(answer.length), true);
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
