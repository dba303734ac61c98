/** Latencies in buckets: each ends a fifth above the one before. */
const STEP = Math.log(1.2);

export const bucketOf = (ms: number) => Math.ceil(Math.log(Math.max(ms, 1)) / STEP);

export const upperBound = (bucket: number) => Math.round(Math.exp(bucket * STEP));
