/** Waits for a promise, but not for ever, and not after the client has gone. */
import { ModelError } from "./errors";

/** Throws `model_timeout` after so many milliseconds, or `model_failed` as soon as it is aborted. */
export async function within<T>(ms: number, promise: Promise<T>, signal?: AbortSignal): Promise<T> {
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
