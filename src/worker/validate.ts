/** Checks of values from outside, with messages that name the place and never hold the value. */
import * as v from "valibot";

/** Names the first part that is not as it should be. */
export class InvalidValue extends Error {
  override readonly name = "InvalidValue";
}

/**
 * Returns the value as the schema reads it. Every message in a schema says what the value must be;
 * throws `InvalidValue` with the path of the first part that is not.
 */
export function parse<S extends v.GenericSchema>(schema: S, value: unknown): v.InferOutput<S> {
  const result = v.safeParse(schema, value, { abortEarly: true });
  if (!result.success) throw new InvalidValue(describe(result.issues[0]));
  return result.output;
}

function describe(issue: v.BaseIssue<unknown>): string {
  const path = v.getDotPath(issue) ?? "the value";
  // valibot gives a missing or surplus key its object's message; `expected` tells them apart.
  if (issue.expected === "never") return `${path} is not known here`;
  const missing = issue.input === undefined && issue.expected?.startsWith('"');
  return missing ? `${path} is missing` : `${path} must be ${issue.message}`;
}

const TEXT = "text that is not empty";
const COUNT = "a whole number, 1 or more";

export const text = v.pipe(v.string(TEXT), v.minLength(1, TEXT));
export const string = v.string("text");
export const flag = v.boolean("true or false");
export const count = v.pipe(v.number(COUNT), v.safeInteger(COUNT), v.minValue(1, COUNT));
export const listOf = <S extends v.GenericSchema>(item: S) => v.array(item, "a list");
export const object = <E extends v.ObjectEntries>(entries: E) => v.object(entries, "an object");
