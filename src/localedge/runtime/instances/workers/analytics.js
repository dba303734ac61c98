// A dataset of Analytics Engine: a data point leaves as a line of the log, for it is written
// without waiting. `mark` tells localedge that the line is one, and a Worker's own line is none.
const MOST = { indexes: 1, blobs: 20, doubles: 20 };
const MOST_BYTES = { indexes: 96, blobs: 16384 };

const text = (value) =>
  value instanceof ArrayBuffer || ArrayBuffer.isView(value)
    ? new TextDecoder().decode(value)
    : (value ?? "");

export default ({ mark, dataset }) => ({
  writeDataPoint(point = {}) {
    for (const [kind, most] of Object.entries(MOST)) {
      if ((point[kind]?.length ?? 0) > most) {
        throw new TypeError(`writeDataPoint(): Maximum of ${most} ${kind} supported.`);
      }
    }
    const [indexes, blobs] = [point.indexes, point.blobs].map((it) => (it ?? []).map(text));
    for (const [kind, texts] of Object.entries({ indexes, blobs })) {
      if (texts.reduce((sum, it) => sum + new TextEncoder().encode(it).length, 0) > MOST_BYTES[kind])
        throw new TypeError(`writeDataPoint(): Maximum of ${MOST_BYTES[kind]} bytes of ${kind}.`);
    }
    const doubles = [...(point.doubles ?? [])];
    console.debug(`${mark}${JSON.stringify({ dataset, point: { indexes, blobs, doubles } })}`);
  },
});
