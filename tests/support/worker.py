"""The Worker of this repository, built as a deploy builds it, with every binding that it has."""

import contextlib
import hashlib
import json
import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import requests

from localedge.model import LogLine
from localedge.runtime.workers_runtime import WorkersRuntime
from localedge.state.traces.logs import LogStore
from support.data_plane import ACCOUNT, MemorySource, Site, ref
from support.project import ROOT
from support.storage import Stores, served, stores

KV_IDS = {name: f"{number:032x}" for number, name in enumerate(("RATE_LIMITER", "CONFIG", "CACHE"))}
DATABASE = "a1b2c3d4-0000-4000-8000-000000000001"
INDEX = "vectors"
KEY = "acme-key"

EMBEDDING_PROBE = """
import worker from "./index";
import { success } from "./http/envelope";
import { type Exchange, route } from "./http/router";
import { serve } from "./http/serve";
import { embed } from "./model/embeddings";
import type { Env } from "./env";
export { ChatSession, RateLimiter } from "./index";

async function embedded(exchange: Exchange): Promise<Response> {
  return success(await embed(exchange, exchange.params.text ?? ""), exchange.traceId);
}
const routes = [route("/embed/:text", { GET: embedded })];

export default {
  fetch(request, env, ctx) {
    const mine = new URL(request.url).pathname.startsWith("/embed/");
    return mine ? serve(routes, request, env, ctx) : worker.fetch(request, env, ctx);
  },
} satisfies ExportedHandler<Env>;
"""
"""The Worker, and a route that embeds a text, which no route of the API does yet."""


def digest(key: str) -> str:
    """Return what a tenant's configuration holds of an API key."""
    return hashlib.sha256(key.encode()).hexdigest()


def tenant(name: str = "acme", **changes: Any) -> dict[str, Any]:
    """Return the public configuration of a tenant whose limits are out of the way."""
    return {
        "tenantId": name,
        "aiGatewayId": f"{name}-gateway",
        "aiModels": {
            "chat": "@cf/meta/llama-3.1-8b-instruct",
            "embeddings": "@cf/baai/bge-base-en-v1.5",
        },
        "allowedModels": [
            "@cf/meta/llama-3.1-8b-instruct",
            "@cf/meta/llama-3.2-3b-instruct",
            "@cf/baai/bge-base-en-v1.5",
        ],
        "vectorizeNamespace": name,
        "rateLimit": {"perMinute": 100_000, "burst": 100_000, "windowSec": 60},
        "tokenBudget": {"daily": 10**12, "monthly": 10**13},
        "sessionRetentionDays": 30,
        "maxMessagesPerSession": 1_000,
        "featureFlags": {},
        "allowedHosts": [f"{name}.example", f"*.{name}.example"],
        "apiKeyDigests": [digest(f"{name}-key")],
    } | changes


def bindings(config: Any, **variables: Any) -> list[Mapping[str, Any]]:
    """Return all that a deployment binds; `config` is TENANT_CONFIG, a tenant or several."""
    return [*storage_bindings(), *vars_and_objects(config, **variables)]


def storage_bindings() -> list[Mapping[str, Any]]:
    """Return the bindings that localedge serves itself."""
    return [
        *(
            {"type": "kv_namespace", "name": name, "namespace_id": key}
            for name, key in KV_IDS.items()
        ),
        {"type": "d1", "name": "DB", "id": DATABASE},
        {"type": "vectorize", "name": "VECTORIZE", "index_name": INDEX},
        {"type": "ai", "name": "AI"},
    ]


def vars_and_objects(config: Any, objects: str = "", **variables: Any) -> list[Mapping[str, Any]]:
    """Return vars, version and Durable Objects; `objects` tells their namespaces apart."""
    known = {"TENANT_CONFIG": config, "ENVIRONMENT": "staging", **variables}
    classes = (("CHAT_SESSION", "ChatSession"), ("RATE_LIMITER_DO", "RateLimiter"))
    return [
        {"type": "version_metadata", "name": "VERSION"},
        *(
            {"type": "durable_object_namespace", "name": name, "class_name": kind}
            | {"namespace_id": f"{kind}{objects}"}
            for name, kind in classes
        ),
        *(
            {"type": "json", "name": name, "json": value}
            for name, value in known.items()
            if value is not None
        ),
    ]


class Build:
    """A copy of the Worker's source, of which bundles are made."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "src" / "worker"
        shutil.copytree(ROOT / "src" / "worker", self.folder)
        (folder / "node_modules").symlink_to(ROOT / "node_modules")

    def hurry(self, **constants: int) -> None:
        """Change constants of timing.ts, so that a test need not wait for days."""
        file = self.folder / "timing.ts"
        text = file.read_text()
        for name, value in constants.items():
            text, found = re.subn(rf"(?<=export const {name} = )[\d_]+(?=;)", str(value), text)
            assert found == 1, name
        file.write_text(text)

    def bundle_with(self, entry: str) -> str:
        """Return the Worker bundled behind an entry of the test's own, given as its text."""
        (self.folder / "probe.ts").write_text(entry)
        return self.bundle("probe.ts")

    def bundle(self, entry: str = "index.ts") -> str:
        """Return a module with all that it imports in one piece, as wrangler's bundler makes it."""
        esbuild = ROOT / "node_modules" / ".bin" / "esbuild"
        options = [entry, "--bundle", "--format=esm", "--external:cloudflare:workers"]
        ran = subprocess.run([esbuild, *options], cwd=self.folder, capture_output=True, check=True)
        return ran.stdout.decode()


class Stream:
    """Server-Sent Events as they come."""

    def __init__(self, answer: requests.Response) -> None:
        self.answer = answer
        self.comments = 0

    def __iter__(self) -> Iterator[tuple[str, Any]]:
        """Give the kind and the data of each event."""
        kind = "message"
        for line in self.answer.iter_lines(chunk_size=1, decode_unicode=True):
            name, _, value = line.partition(": ")
            if name == "event":
                kind = value
            elif name == "data":
                yield kind, json.loads(value)
                kind = "message"
            elif line:
                self.comments += 1


@dataclass
class Deployed:
    """One deployment of the Worker, and how to ask it."""

    site: Site
    name: str
    stores: Stores
    seen: int = 0
    """How many lines of its log a test has seen already."""

    def ask(self, path: str, *, method: str = "GET", **options: Any) -> requests.Response:
        """Send a request; without `headers`, with the key of the tenant acme."""
        headers = options.pop("headers", {"x-api-key": KEY})
        return self.site.ask(self.name, path, method=method, headers=headers, **options)

    def chat(self, message: str = "Hello", session: str = "", **options: Any) -> requests.Response:
        """Send a message, to a new session where none is named; not streamed unless it says so."""
        headers = options.pop("headers", {"x-api-key": KEY})
        body = {"sessionId": session or str(uuid4()), "message": message, "stream": False}
        return self.ask("/chat", method="POST", headers=headers, json=body | options)

    @contextlib.contextmanager
    def streaming(
        self, message: str = "Hello", session: str = "", **options: Any
    ) -> Iterator[Stream]:
        """Send a message and read the answer as it comes; the connection ends with the block."""
        headers = options.pop("headers", {"x-api-key": KEY})
        body = {"sessionId": session or str(uuid4()), "message": message} | options
        with self.ask("/chat", method="POST", headers=headers, json=body, stream=True) as answer:
            yield Stream(answer)

    def history(self, session: str, **headers: str) -> list[dict[str, Any]]:
        """Return the messages of a session; none where there is no session."""
        answer = self.ask(f"/chat/{session}/history", headers={"x-api-key": KEY} | headers)
        found: list[dict[str, Any]] = answer.json()["data"]["messages"] if answer.ok else []
        return found

    def logged(self, event: str = "request") -> list[dict[str, Any]]:
        """Return the lines of one event that it has logged."""
        lines = [json.loads(line.message) for line in self.log()]
        return [line for line in lines if line["event"] == event]

    def log(self) -> list[LogLine]:
        """Return everything that it has logged."""
        return self.site.data_plane.logs(ref(self.name))

    def runs(self) -> list[dict[str, Any]]:
        """Return what it asked of models."""
        return [run for run in self.stores.ai.entries() if run["script"] == self.name]


@dataclass
class Cloud:
    """A data plane with storage, in which Workers are deployed by name."""

    site: Site
    stores: Stores
    count: int = 0

    def deploy(self, source: str, config: Any = None, name: str = "", **variables: Any) -> Deployed:
        """Deploy the Worker for these tenants, by itself in its Durable Objects' namespaces."""
        self.count += 1
        name = name or f"worker-{self.count}"
        given = bindings(config or tenant(), objects=name, **variables)
        self.site.source.publish(name, source, *given)
        return Deployed(self.site, name, self.stores)

    def end_all(self) -> None:
        """End every Worker that runs, and forget what was deployed."""
        for script in list(self.site.source.deployments):
            del self.site.source.deployments[script]
            self.site.loop.call_soon_threadsafe(self.site.data_plane.removed, script)

    def cached(self) -> dict[str, int | None]:
        """Return every key of the cache, with the second since 1970 in which it ends."""
        namespace = self.stores.kv.require(ACCOUNT, KV_IDS["CACHE"])
        return {key.name: key.expires_at for key in self.stores.kv.keys(namespace).keys}


@contextlib.contextmanager
def cloud(folder: Path) -> Iterator[Cloud]:
    """Serve until the block ends."""
    source = MemorySource()
    with stores(folder / "state") as opened, served(opened.backend(source)) as url:
        for name, key in KV_IDS.items():
            opened.kv.ensure(ACCOUNT, key, name)
        opened.d1.ensure(ACCOUNT, DATABASE, "db")
        opened.vectorize.ensure(ACCOUNT, INDEX, 768)
        logs = LogStore(opened.database)
        site = Site(WorkersRuntime(source, folder / "plane", lambda: url, logs), source)
        site.open()
        try:
            yield Cloud(site, opened)
        finally:
            site.close()


def failure(answer: requests.Response) -> tuple[int, str]:
    """Return status and code of an answer that must have the form of a failure."""
    body = answer.json()
    assert set(body) == {"ok", "error", "traceId"}
    assert body["ok"] is False
    assert set(body["error"]) == {"code", "message"}
    assert body["traceId"] == answer.headers["x-trace-id"]
    assert answer.headers["cache-control"] == "no-store"
    return answer.status_code, body["error"]["code"]
