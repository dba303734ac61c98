"""A localedge in this process, without a socket, whose data plane only takes notes."""

import asyncio
import contextlib
import functools
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import httpx
import starlette.routing
from starlette.types import ASGIApp

from localedge.app import AccountSettings, Server, Settings
from localedge.control.provision import ProvisionedResource
from localedge.control.request_guard import LARGEST_BODY
from localedge.model import Code, Inspection, Json, LogLine, ScriptRef, UploadRejected
from localedge.state.data_plane import NullDataPlane
from localedge.state.database import FILE
from localedge.state.server import ServerState

ACCOUNT = "a" * 32
OTHER = "b" * 32
TOKEN = "token-a"
OTHER_TOKEN = "token-b"
KV, D1, INDEX = "c" * 32, "11111111-2222-4333-8444-555555555555", "an-index"
PLAIN = "export default { fetch() {} };"
COUNTER = PLAIN + "export class Counter {}"


class Notes(NullDataPlane):
    """A data plane that runs nothing; its inspector reads exports out of the text.

    A module that holds the word `throw` is refused.
    """

    def __init__(self) -> None:
        self.inspector = self
        self.changes: list[str] = []
        self.removals: list[str] = []
        self.dropped: list[str] = []
        self.crons: list[tuple[str, str]] = []
        self.resets = 0
        self.tailed: list[tuple[str, list[Mapping[str, Json]]]] = []
        self.streamed: list[tuple[str, list[Mapping[str, Json]]]] = []
        self.lines: list[LogLine] = []

    async def inspect(self, code: Code) -> Inspection:
        """Say what the main module exports."""
        text = next(item.content for item in code.modules if item.name == code.main_module).decode()
        if "throw" in text:
            raise UploadRejected("Uncaught Error: no")
        classes = re.findall(r"export class (\w+)", text)
        exports: dict[str, tuple[str, ...]] = dict.fromkeys(classes, ())
        handlers = tuple(word for word in ("fetch", "queue", "scheduled") if f"{word}(" in text)
        if "export default" in text:
            exports["default"] = handlers
        return Inspection(exports)

    def changed(self, ref: ScriptRef) -> None:
        """Note a change."""
        self.changes.append(ref.name)

    def removed(self, ref: ScriptRef) -> None:
        """Note a removal."""
        self.removals.append(ref.name)

    async def drop_storage(self, namespace_ids: Sequence[str]) -> None:
        """Note what was dropped."""
        self.dropped += namespace_ids

    async def scheduled(self, ref: ScriptRef, cron: str, at_ms: int) -> str:
        """Note a run."""
        self.crons.append((ref.name, cron))
        return "ok"

    async def tail(self, ref: ScriptRef, events: Sequence[Mapping[str, Json]]) -> None:
        """Note the events."""
        self.tailed.append((ref.name, list(events)))

    async def stream(self, ref: ScriptRef, events: Sequence[Mapping[str, Json]]) -> None:
        """Note the events."""
        self.streamed.append((ref.name, list(events)))

    def logs(self, _ref: ScriptRef) -> Sequence[LogLine]:
        """Return what a test has put here."""
        return self.lines

    async def reset(self) -> None:
        """Note that all is to be resets."""
        self.resets += 1


@dataclass
class Answer:
    """An answer of the API."""

    response: httpx.Response

    @property
    def status(self) -> int:
        """The HTTP status."""
        return self.response.status_code

    @property
    def code(self) -> int:
        """The code of the error; 0 where it is none."""
        errors = self.response.json()["errors"]
        return errors[0]["code"] if errors else 0

    @property
    def message(self) -> str:
        """The text of the error."""
        text: str = self.response.json()["errors"][0]["message"]
        return text

    @property
    def result(self) -> Any:
        """The result of an answer that must be a success."""
        assert self.response.json()["success"], self.response.text
        return self.response.json()["result"]


# Hundreds of servers in one process have the same three hundred paths.
starlette.routing.compile_path = functools.cache(starlette.routing.compile_path)


class Client:
    """Sends requests to an ASGI application, one at a time."""

    def __init__(self, app: ASGIApp, runner: asyncio.Runner) -> None:
        transport = httpx.ASGITransport(app)
        self._client = httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1")
        self._runner = runner

    def request(self, method: str, path: str, **options: Any) -> httpx.Response:
        """Send one request and wait for its answer."""
        return self._runner.run(self._client.request(method, path, **options))

    def get(self, path: str, **options: Any) -> httpx.Response:
        """Send a GET."""
        return self.request("GET", path, **options)


@dataclass
class ControlPlane:
    """The API as the account's own token opens it, in short words."""

    client: Client
    server: Server
    data_plane: Notes

    def api(self, method: str, path: str, token: str = TOKEN, **options: Any) -> Answer:
        """Ask the API; `path` is relative to its base."""
        headers = {"authorization": f"Bearer {token}", **options.pop("headers", {})}
        url = f"/client/v4{path}"
        return Answer(self.client.request(method, url, headers=headers, **options))

    def script(self, method: str, name: str, below: str = "", **options: Any) -> Answer:
        """Ask for something of one script."""
        return self.api(method, f"/accounts/{ACCOUNT}/workers/scripts/{name}{below}", **options)

    def put(self, name: str = "one", text: str = PLAIN, **metadata: Any) -> Answer:
        """Upload a script and deploy it."""
        return self.script("PUT", name, files=form(text, **metadata))

    def version(self, name: str = "one", text: str = PLAIN, **metadata: Any) -> Answer:
        """Upload a version."""
        return self.script("POST", name, "/versions", files=form(text, **metadata))

    def deploy(self, *shares: tuple[str, float], name: str = "one", force: bool = False) -> Answer:
        """Give traffic to versions."""
        body = {
            "strategy": "percentage",
            "versions": [{"version_id": key, "percentage": share} for key, share in shares],
        }
        query = "?force=true" if force else ""
        return self.script("POST", name, f"/deployments{query}", json=body)

    def secret(self, name: str, text: str, script: str = "one") -> Answer:
        """Set a secret."""
        body = {"type": "secret_text", "name": name, "text": text}
        return self.script("PUT", script, "/secrets", json=body)

    def live(self, name: str = "one") -> dict[str, float]:
        """Return the share of each version in the traffic."""
        deployments = self.script("GET", name, "/deployments").result["deployments"]
        return {item["version_id"]: item["percentage"] for item in deployments[0]["versions"]}

    def latest(self, name: str = "one") -> str:
        """Return the id of the newest version."""
        version: str = self.script("GET", name, "/versions").result["items"][0]["id"]
        return version

    def bindings(self, version: str, name: str = "one") -> dict[str, Any]:
        """Return the bindings of a version by name."""
        found = self.script("GET", name, f"/versions/{version}").result["resources"]["bindings"]
        return {item["name"]: item for item in found}

    def control(self, method: str, name: str, **options: Any) -> httpx.Response:
        """Use one of localedge's own controls."""
        headers = {"localedge-token": self.server.settings.control_token}
        return self.client.request(method, f"/__localedge__/{name}", headers=headers, **options)


def form(text: str, **metadata: Any) -> dict[str, tuple[str | None, str, str]]:
    """Return the form of an upload with one module."""
    described = {"main_module": "index.js", "bindings": [], **metadata}
    return {
        "metadata": (None, json.dumps(described), "application/json"),
        "index.js": ("index.js", text, "application/javascript+module"),
    }


def settings_form(**settings: Any) -> dict[str, tuple[str | None, str, str]]:
    """Return the form of a change of settings."""
    return {"settings": (None, json.dumps(settings), "application/json")}


@functools.cache
def new_database() -> bytes:
    """Return the file of a server that holds nothing; to make its tables is slower."""
    with TemporaryDirectory() as folder:
        ServerState(Path(folder)).database.close()
        return (Path(folder) / FILE).read_bytes()


def make_server(folder: Path, quota: int = 100_000, largest: int = LARGEST_BODY) -> Server:
    """Make a server with two accounts, and storage in the first."""
    accounts = (
        AccountSettings(ACCOUNT, "acme", (TOKEN,)),
        AccountSettings(OTHER, "other", (OTHER_TOKEN,)),
    )
    resources = (
        ProvisionedResource(ACCOUNT, "kv_namespaces", KV, "PAGES"),
        ProvisionedResource(ACCOUNT, "d1_databases", D1, "a-database"),
        ProvisionedResource(ACCOUNT, "vectorize", INDEX, INDEX),
    )
    folder.mkdir(parents=True, exist_ok=True)
    if not any(folder.iterdir()):
        (folder / FILE).write_bytes(new_database())
    settings = Settings(
        folder,
        "http://127.0.0.1",
        accounts,
        resources,
        workerd=False,
        quota=quota,
        largest_body=largest,
    )
    return Server(settings)


@contextlib.contextmanager
def control_plane(
    folder: Path, quota: int = 100_000, largest: int = LARGEST_BODY
) -> Iterator[ControlPlane]:
    """Serve in this process until the block ends."""
    server = make_server(folder, quota, largest)
    plane = server.state.data_plane = Notes()
    with asyncio.Runner() as runner:
        lifespan = server.lifespan(None)
        runner.run(lifespan.__aenter__())
        try:
            yield ControlPlane(Client(server, runner), server, plane)
        finally:
            runner.run(lifespan.__aexit__(None, None, None))
