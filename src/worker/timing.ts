/** Timeouts and sizes that no setting changes. */

export const DAY_MS = 86_400_000;

/** An idle stream gets a comment after this time, so that proxies keep it open. */
export const HEARTBEAT_MS = 10_000;

/** Longest wait for the first token of a model, and between two tokens. */
export const MODEL_SILENCE_MS = 20_000;

/** Maximum tokens of one answer. */
export const MAX_ANSWER_TOKENS = 1_024;

/** How many bytes (UTF-8) of a session's newest messages a model gets; about four are a token. */
export const CONTEXT_BYTES = 16_000;
