/** Errors of model calls. */

export type ModelFault = "model_failed" | "model_timeout";

/** A model gave no complete answer; the error holds none of the model's text. */
export class ModelError extends Error {
  override readonly name = "ModelError";

  constructor(
    readonly code: ModelFault,
    /** The class of the model's error and its number, if any; for the log. */
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
 * Converts an error of a model. Its text may repeat the prompt, so only the class and the number at
 * its start ("5007: No such model") are kept.
 */
export function asModelError(error: unknown): ModelError {
  if (error instanceof ModelError) return error;
  const { name, message } = error instanceof Error ? error : { name: "unknown", message: "" };
  const number = /^\d+(?=:)/.exec(message)?.[0];
  return new ModelError("model_failed", number ? `${name} ${number}` : name);
}
