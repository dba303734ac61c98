/** How a model call goes wrong. */

export type ModelFault = "model_failed" | "model_timeout";

/** A model gave no whole answer; nothing of its text is in here. */
export class ModelError extends Error {
  override readonly name = "ModelError";

  constructor(
    readonly code: ModelFault,
    /** The model's name of the fault and its number, where it has one; for the log. */
    readonly reason: string,
  ) {
    super(messages[code]);
  }
}

const messages: Readonly<Record<ModelFault, string>> = {
  model_failed: "The model failed; try again.",
  model_timeout: "The model did not answer in time; try again.",
};

/**
 * Names what a model threw. Its text may repeat what it was asked, so only the class and the number
 * at its start ("5007: No such model") are kept.
 */
export function asModelError(error: unknown): ModelError {
  if (error instanceof ModelError) return error;
  const { name, message } = error instanceof Error ? error : { name: "unknown", message: "" };
  const number = /^\d+(?=:)/.exec(message)?.[0];
  return new ModelError("model_failed", number ? `${name} ${number}` : name);
}
