/**
 * What models cost, for estimates: https://developers.cloudflare.com/workers-ai/platform/pricing/.
 * The bill is Cloudflare's; gateway caching and free allowances are not considered here.
 */
import type { Usage } from "./usage";

/** US dollars for a million tokens: in, out. */
const PRICES: ReadonlyMap<string, readonly [number, number]> = new Map([
  ["@cf/meta/llama-3.2-1b-instruct", [0.027, 0.201]],
  ["@cf/meta/llama-3.2-3b-instruct", [0.051, 0.335]],
  ["@cf/meta/llama-3.1-8b-instruct", [0.282, 0.827]],
  ["@cf/meta/llama-3.1-8b-instruct-awq", [0.123, 0.266]],
  ["@cf/meta/llama-3.1-8b-instruct-fp8", [0.152, 0.287]],
  ["@cf/meta/llama-3.1-8b-instruct-fp8-fast", [0.045, 0.384]],
  ["@cf/meta/llama-3.1-70b-instruct-fp8-fast", [0.293, 2.253]],
  ["@cf/meta/llama-3.3-70b-instruct-fp8-fast", [0.293, 2.253]],
  ["@cf/meta/llama-3-8b-instruct", [0.282, 0.827]],
  ["@cf/mistral/mistral-7b-instruct-v0.1", [0.11, 0.19]],
  ["@cf/deepseek-ai/deepseek-r1-distill-qwen-32b", [0.497, 4.881]],
]);

/** Returns US dollars, or `null` for a model whose price is not known. */
export function costOf(modelId: string, usage: Usage): number | null {
  if (usage.totalTokens === 0) return 0;
  const [priceIn, priceOut] = PRICES.get(modelId) ?? [];
  if (priceIn === undefined || priceOut === undefined) return null;
  return (usage.promptTokens * priceIn + usage.completionTokens * priceOut) / 1_000_000;
}

/** What is unknown makes the sum unknown. */
export function plusCost(one: number | null, other: number | null): number | null {
  return one === null || other === null ? null : one + other;
}
