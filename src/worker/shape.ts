/** Readers that turn an unknown value into a typed one, or say which part of it is wrong. */

/** Names the first part that is not as it should be; never holds the value itself. */
export class ShapeError extends Error {
  override readonly name = "ShapeError";

  constructor(path: string, expected: string) {
    super(`${path} must be ${expected}`);
  }
}

export type Reader<T> = (value: unknown, path: string) => T;
export type ReadBy<R> = R extends Reader<infer T> ? T : never;

function reader<T>(expected: string, accepts: (value: unknown) => value is T): Reader<T> {
  return (value, path) => {
    if (!accepts(value)) throw new ShapeError(path, expected);
    return value;
  };
}

type Fields = Readonly<Record<string, unknown>>;

const fields = reader(
  "an object",
  (value): value is Fields =>
    typeof value === "object" && value !== null && !Array.isArray(value),
);
const items = reader("a list", (value): value is readonly unknown[] => Array.isArray(value));
const at = (path: string, key: string | number) => (path === "" ? `${key}` : `${path}.${key}`);

export const string = reader("text", (value): value is string => typeof value === "string");
export const text = reader(
  "text that is not empty",
  (value): value is string => typeof value === "string" && value !== "",
);
export const flag = reader(
  "true or false",
  (value): value is boolean => typeof value === "boolean",
);
export const count = reader(
  "a whole number, 0 or more",
  (value): value is number => Number.isSafeInteger(value) && (value as number) >= 0,
);

export const optional =
  <T>(read: Reader<T>): Reader<T | undefined> =>
  (value, path) =>
    value === undefined ? undefined : read(value, path);

export const listOf =
  <T>(read: Reader<T>): Reader<readonly T[]> =>
  (value, path) =>
    items(value, path).map((item, index) => read(item, at(path, index)));

export const tableOf =
  <T>(read: Reader<T>): Reader<ReadonlyMap<string, T>> =>
  (value, path) =>
    new Map(
      Object.entries(fields(value, path)).map(([key, item]) => [key, read(item, at(path, key))]),
    );

/** Reads the named fields and leaves others out. */
export function shape<R extends Readonly<Record<string, Reader<unknown>>>>(
  readers: R,
): Reader<{ readonly [K in keyof R]: ReadBy<R[K]> }> {
  return (value, path) => {
    const found = fields(value, path);
    const entries = Object.entries(readers).map(([key, read]) => [
      key,
      read(found[key], at(path, key)),
    ]);
    return Object.fromEntries(entries) as { readonly [K in keyof R]: ReadBy<R[K]> };
  };
}
