/** Turns a text into a vector; the same text of the same tenant is asked once a day. */
import * as v from "valibot";
import { cacheOf } from "../storage/cache";
import { toHex } from "../tenancy/keys";
import { DAY_MS, MODEL_SILENCE_MS } from "../timing";
import { type Call, gatewayOptions } from "./call";
import { asModelError, ModelError } from "./errors";
import { within } from "./within";

const vector = v.array(v.number());
const answer = v.object({ data: v.tupleWithRest([vector], vector) });

/** Asks the embeddings model of the environment or else of the tenant; throws `ModelError`. */
export async function embed(
  call: Pick<Call, "env" | "tenant" | "traceId">,
  text: string,
): Promise<readonly number[]> {
  const { env, tenant } = call;
  const cache = cacheOf(env, tenant);
  const key = await keyOf(tenant.embeddingsModelId, text);
  const cached = v.safeParse(vector, await cache.get(key));
  if (cached.success) return cached.output;
  const running = env.AI.run(tenant.embeddingsModelId, { text: [text] }, gatewayOptions(call));
  const found = await within(MODEL_SILENCE_MS, running).catch((error) => {
    throw asModelError(error);
  });
  const result = v.safeParse(answer, found);
  if (!result.success) throw new ModelError("model_failed", "no vector");
  await cache.put(key, result.output.data[0], DAY_MS / 1_000);
  return result.output.data[0];
}

async function keyOf(model: string, text: string): Promise<string> {
  const bytes = new TextEncoder().encode(`${model}\n${text}`);
  return `embedding:${toHex(new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)))}`;
}
