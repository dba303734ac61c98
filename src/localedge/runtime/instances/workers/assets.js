// Cloudflare's asset Worker over localedge's files: it looks for a KV namespace that holds contents
// by hash, and for its manifest, in its environment.
import AssetWorker from "./assets.worker.js";
import manifest from "./manifest.bin";

function contents(env) {
  return {
    async getWithMetadata(hash) {
      const file = env.FILES[hash];
      if (!file) return { value: null, metadata: null };
      const [path, contentType] = file;
      const found = await env.CONTENTS.fetch(`http://contents/${path}`);
      if (!found.ok) throw new Error(`the content of ${hash} is missing`);
      return { value: found.body ?? new Blob([]).stream(), metadata: { contentType } };
    },
  };
}

export default class extends AssetWorker {
  constructor(ctx, env) {
    super(ctx, { ...env, ASSETS_MANIFEST: manifest, ASSETS_KV_NAMESPACE: contents(env) });
  }
}
