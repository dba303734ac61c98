"""Small Workers for tests that deploy one."""

from typing import Any

COUNTER = """
import { DurableObject } from "cloudflare:workers";
export class Counter extends DurableObject {
  async next() {
    const n = ((await this.ctx.storage.get("n")) ?? 0) + 1;
    await this.ctx.storage.put("n", n);
    return n;
  }
}
export default {
  async fetch(request, env) {
    const counter = env.COUNTER.get(env.COUNTER.idFromName("only"));
    return Response.json({
      greeting: env.GREETING, build: env.BUILD.id, count: await counter.next(), key: env.KEY,
    });
  },
  async scheduled(event, env) {},
};
"""
"""Answers with its var, its version id, a count that a Durable Object keeps, and its secret."""

PLAIN = "export default { fetch(request, env) { return new Response(env.N); } };"
"""Answers with its var N."""


def counter_config(account_id: str, name: str = "counter", **changes: Any) -> dict[str, Any]:
    """Return the configuration of the counter; its script is index.js."""
    return {
        "name": name,
        "account_id": account_id,
        "main": "index.js",
        "compatibility_date": "2025-06-01",
        "vars": {"GREETING": "hello"},
        "durable_objects": {"bindings": [{"name": "COUNTER", "class_name": "Counter"}]},
        "migrations": [{"tag": "v1", "new_sqlite_classes": ["Counter"]}],
        "version_metadata": {"binding": "BUILD"},
        "triggers": {"crons": ["*/5 * * * *"]},
        **changes,
    }
