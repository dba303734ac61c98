/** How long things may take, and how much of them there may be, where no setting says. */

export const MINUTE_MS = 60_000;

export const DAY_MS = 86_400_000;

/** A stream on which nothing was sent for so long gets a comment, so that no proxy closes it. */
export const HEARTBEAT_MS = 10_000;

/** A model that says nothing for so long, at the start or between two tokens, has failed. */
export const MODEL_SILENCE_MS = 20_000;

/** How many tokens a model may answer with. */
export const MAX_ANSWER_TOKENS = 1_024;

/** How many bytes of UTF-8 of a session a model reads, the newest; about four make a token. */
export const CONTEXT_BYTES = 16_000;
