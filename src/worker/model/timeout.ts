/** Awaits a promise with a timeout and an abort signal. */
import { ModelError } from "./errors";

/** Throws `model_timeout` after `ms` milliseconds, or `model_failed` when `signal` aborts. */
export async function withTimeout<T>(
  ms: number,
  promise: Promise<T>,
  signal?: AbortSignal,
): Promise<T> {
  const { promise: over, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new ModelError("model_timeout", "silence")), ms);
  const stop = () => reject(new ModelError("model_failed", "cancelled"));
  signal?.addEventListener("abort", stop);
  try {
    return await Promise.race([promise, over]);
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener("abort", stop);
  }
}
