/** What a client may send to POST /chat. */
import * as v from "valibot";
import { readJson } from "../http/body";
import { HttpError } from "../http/errors";
import type { Tenant } from "../tenancy/deployment";
import { InvalidValue, parse, text } from "../validate";

export const MAX_MESSAGE_CHARACTERS = 10_000;

const UUID = "a UUID";
const MESSAGE = `text of 1 to ${MAX_MESSAGE_CHARACTERS} characters`;

/** Upper and lower case name the same session. */
const sessionId = v.pipe(v.string(UUID), v.uuid(UUID), v.toLowerCase());

const chatRequest = v.strictObject(
  {
    sessionId,
    message: v.pipe(v.string(MESSAGE), v.check(isMessage, MESSAGE), v.transform(wellFormed)),
    stream: v.optional(v.boolean("true or false"), true),
    modelId: v.optional(text),
  },
  "an object",
);

export type ChatRequest = v.InferOutput<typeof chatRequest>;

/** Reads the body; throws what is wrong with it as an `HttpError` of status 400, 413 or 415. */
export async function readChatRequest(request: Request, tenant: Tenant): Promise<ChatRequest> {
  return checked(chatRequest, await readJson(request, tenant.maxBodyBytes));
}

/** Reads the session of a path. */
export function readSessionId(value: string | undefined): string {
  return checked(v.object({ sessionId }), { sessionId: value }).sessionId;
}

function checked<S extends v.GenericSchema>(schema: S, value: unknown): v.InferOutput<S> {
  try {
    return parse(schema, value);
  } catch (error) {
    if (!(error instanceof InvalidValue)) throw error;
    throw new HttpError(400, "invalid_request", `${error.message}.`);
  }
}

/** Counts characters as JSON Schema does: a pair of surrogates is one. */
function isMessage(value: string): boolean {
  const length = value.length > MAX_MESSAGE_CHARACTERS ? [...value].length : value.length;
  return length >= 1 && length <= MAX_MESSAGE_CHARACTERS;
}

function wellFormed(value: string): string {
  return value.toWellFormed();
}
