"""Workers call entrypoints, methods and Durable Objects of other scripts."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from support.data_plane import Site, ref, serving

SPACE = "c" * 32
BACKEND = """
import { DurableObject, RpcTarget, WorkerEntrypoint } from "cloudflare:workers";
class Counter extends RpcTarget {
  #count = 0;
  add(amount) { return this.#count += amount; }
}
export class Admin extends WorkerEntrypoint {
  greet(name) { return `VERSION ${name} ${JSON.stringify(this.ctx.props ?? {})}`; }
  counter() { return new Counter(); }
  async callBack(of) { return await of("from the backend"); }
  fail() { throw new RangeError("the backend says no"); }
  stream() { return new Response("streamed").body; }
  fetch(request) {
    if (request.headers.get("Upgrade") !== "websocket") {
      return new Response(`admin ${new URL(request.url).pathname}`);
    }
    const [client, server] = Object.values(new WebSocketPair());
    server.accept();
    server.addEventListener("message", ({ data }) => server.send(`admin ${data}`));
    return new Response(null, { status: 101, webSocket: client });
  }
}
export class Room extends DurableObject {
  async add(amount) {
    const sum = ((await this.ctx.storage.get("sum")) ?? 0) + amount;
    await this.ctx.storage.put("sum", sum);
    return sum;
  }
  fetch(request) { return new Response(`room ${new URL(request.url).pathname}`); }
}
export default class extends WorkerEntrypoint {
  plus(left, right) { return left + right; }
  async fetch(request) {
    const room = this.env.ROOMS.get(this.env.ROOMS.idFromName("one"));
    return new Response(String(await room.add(0)));
  }
}
"""
FRONT = """
export default {
  async fetch(request, env) {
    const results = {};
    const calls = {
      greet: () => env.ADMIN.greet("Ada"),
      async counter() {
        const counter = await env.ADMIN.counter();
        return [await counter.add(2), await counter.add(3)];
      },
      pipelined: () => env.ADMIN.counter().add(7),
      callBack: () => env.ADMIN.callBack((text) => `heard ${text}`),
      fail: () => env.ADMIN.fail(),
      missing: () => env.ADMIN.missing(),
      stream: async () => new Response(await env.ADMIN.stream()).text(),
      fetched: async () => (await env.ADMIN.fetch("http://any/path")).text(),
      async socket() {
        const headers = { Upgrade: "websocket" };
        const { webSocket } = await env.ADMIN.fetch("http://any/", { headers });
        webSocket.accept();
        const answer = new Promise((resolve) => webSocket.addEventListener("message", resolve));
        webSocket.send("hello");
        const { data } = await answer;
        webSocket.close(1000);
        return data;
      },
      plus: () => env.MAIN.plus(1, 2),
      async object() {
        const room = env.ROOMS.get(env.ROOMS.idFromName("one"));
        return [await room.add(2), await room.add(3)];
      },
      async objectFetched() {
        const room = env.ROOMS.get(env.ROOMS.idFromName("two"));
        return (await room.fetch("http://any/path")).text();
      },
    };
    for (const [name, call] of Object.entries(calls)) {
      try { results[name] = await call(); }
      catch (error) { results[name] = `${error.name}: ${error.message}`; }
    }
    return Response.json(results);
  },
};
"""
ROOMS = {
    "type": "durable_object_namespace",
    "name": "ROOMS",
    "class_name": "Room",
    "namespace_id": SPACE,
}
ADMIN = {"type": "service", "name": "ADMIN", "service": "backend", "entrypoint": "Admin"}
BINDINGS = (
    {**ADMIN, "props": {"role": "owner"}},
    {"type": "service", "name": "MAIN", "service": "backend"},
    {**ROOMS, "script_name": "backend"},
)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with serving(tmp_path_factory.mktemp("plane")) as site:
        yield site


def results(site: Site) -> dict[str, Any]:
    found: dict[str, Any] = site.ask("front").json()
    return found


def test_a_worker_calls_another_script_and_its_objects(site: Site) -> None:
    site.source.publish("backend", BACKEND, ROOMS)
    site.source.publish("front", FRONT, *BINDINGS)

    assert results(site) == {
        "greet": 'VERSION Ada {"role":"owner"}',
        "counter": [2, 5],
        "pipelined": 7,
        "callBack": "heard from the backend",
        "fail": "RangeError: the backend says no",
        "missing": 'TypeError: The RPC receiver does not implement the method "missing".',
        "stream": "streamed",
        "fetched": "admin /path",
        "socket": "admin hello",
        "plus": 3,
        "object": [2, 5],
        "objectFetched": "room /path",
    }
    # The object is the one that its own script has.
    assert site.ask("backend").text == "5"

    site.source.publish("backend", BACKEND.replace("VERSION", "new"), ROOMS)
    again = results(site)
    assert again["greet"] == 'new Ada {"role":"owner"}'
    assert again["object"] == [7, 10]


def test_a_call_of_what_is_not_deployed_says_so(site: Site) -> None:
    site.source.publish(
        "lonely",
        """
        export default {
          async fetch(request, env) {
            try { return new Response(await env.ADMIN.greet()); }
            catch (error) { return new Response(String(error)); }
          },
        };
        """,
        {**ADMIN, "service": "gone"},
    )

    assert site.ask("lonely").text == "Error: The Worker gone cannot be called now."


def test_a_script_runs_objects_that_only_others_bind(site: Site) -> None:
    version = site.source.publish("host", BACKEND)
    key = ref("host"), version
    site.source.versions[key] = replace(site.source.versions[key], objects={"Room": "d" * 32})
    site.source.publish(
        "guest",
        """
        export default {
          async fetch(request, env) {
            return new Response(await env.ROOMS.get(env.ROOMS.idFromName("one")).add(4));
          },
        };
        """,
        {**ROOMS, "namespace_id": "d" * 32, "script_name": "host"},
    )

    assert site.ask("guest").text == "4"
