"""A throw-away workerd says what an upload exports, or why it cannot run."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from localedge.model import Code, Inspection, Module, UploadRejected
from localedge.runtime.instances.miniflare_host import MiniflareHost
from localedge.runtime.instances.upload_inspector import WorkerdInspector
from support.data_plane import ESM, Site, code, serving


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with serving(tmp_path_factory.mktemp("plane")) as site:
        yield site


def inspect(site: Site, uploaded: Code) -> Inspection:
    return site.run(site.data_plane.inspector.inspect(uploaded))


def rejection(site: Site, uploaded: Code) -> str:
    with pytest.raises(UploadRejected) as rejected:
        inspect(site, uploaded)
    return str(rejected.value)


def test_handlers_and_classes_are_named_with_their_methods(site: Site) -> None:
    source = """
    import { DurableObject, WorkerEntrypoint } from "cloudflare:workers";
    export class Room extends DurableObject { fetch() {} alarm() {} get size() { return 1; } }
    export class Suite extends Room { clean() {} }
    export class Admin extends WorkerEntrypoint { async ban() {} }
    export const named = { fetch() {} };
    export const number = 3;
    export default { fetch: async () => {}, scheduled() {}, notAHandler: "text" };
    """

    assert inspect(site, code(source)).exports == {
        "default": ("fetch", "scheduled"),
        "Room": ("alarm", "fetch"),
        "Suite": ("alarm", "clean", "fetch"),
        "Admin": ("ban",),
        "named": ("fetch",),
        "number": (),
    }


def test_a_default_class_has_the_handlers_of_its_prototype(site: Site) -> None:
    source = """
    import { WorkerEntrypoint } from "cloudflare:workers";
    export default class extends WorkerEntrypoint { async fetch() {} async queue() {} }
    """

    assert inspect(site, code(source)).exports == {"default": ("fetch", "queue")}


def test_modules_of_every_kind_are_loaded(site: Site) -> None:
    main = b"""
    import helper from "./lib/helper.js"; import text from "./a.txt"; import data from "./a.bin";
    import wasm from "./a.wasm";
    if (helper !== 1 || text !== "text" || data.byteLength !== 2) throw new Error("not as sent");
    if (!(wasm instanceof WebAssembly.Module)) throw new Error("no wasm");
    export default { fetch() {} };
    """
    modules = (
        Module("lib/helper.js", ESM, b"export default 1"),
        Module("a.txt", "text/plain; charset=utf-8", b"text"),
        Module("a.bin", "application/octet-stream", b"\x00\xff"),
        Module("a.wasm", "application/wasm", b"\x00asm\x01\x00\x00\x00"),
        Module("src.js.map", "application/source-map", b"{}"),
        Module("src.js", ESM, main),
    )

    assert "default" in inspect(site, Code("src.js", modules, "2026-01-01")).exports


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("const broken = ;", "Uncaught SyntaxError: Unexpected token ';'\n  at index.js:1:15"),
        ("throw new Error('at start')", "Uncaught Error: at start\n  at index.js:1:7"),
        ("null.x", "Uncaught TypeError: Cannot read properties of null (reading 'x')"),
        ("import './absent.js'", 'No such module "absent.js".\n  imported from "index.js"'),
        ("import 'node:fs'", 'No such module "node:fs"'),
    ],
)
def test_what_does_not_load_is_rejected_in_workerds_words(
    site: Site, source: str, words: str
) -> None:
    assert words in rejection(site, code(source))


def test_broken_wasm_is_rejected(site: Site) -> None:
    modules = (
        Module("index.js", ESM, b"import './a.wasm'; export default {}"),
        Module("a.wasm", "application/wasm", b"no wasm"),
    )

    assert "CompileError" in rejection(site, Code("index.js", modules, "2026-01-01"))


def test_an_unknown_compatibility_flag_is_rejected(site: Site) -> None:
    flagged = code("export default {}", flags=["no_such_flag"])

    assert rejection(site, flagged) == "No such compatibility flag: no_such_flag"


def test_an_upload_without_its_main_module_is_rejected(site: Site) -> None:
    upload = Code("main.js", (Module("index.js", ESM, b""),), "2026-01-01")

    assert rejection(site, upload) == 'No such module "main.js".'


def test_python_workers_are_refused_clearly(site: Site) -> None:
    upload = Code("main.py", (Module("main.py", "text/x-python", b""),), "2026-01-01")

    assert "does not run Python Workers (main.py)" in rejection(site, upload)


def test_a_service_worker_has_no_exports(site: Site) -> None:
    assert inspect(site, code("addEventListener('fetch', () => {});")).exports == {}


def test_an_endless_loop_at_start_is_rejected_and_ended(tmp_path: Path) -> None:
    async def main() -> None:
        host = MiniflareHost(tmp_path, lambda *_: None)
        hasty, patient = WorkerdInspector(host, seconds=2), WorkerdInspector(host, seconds=60)
        try:
            with pytest.raises(UploadRejected, match=r"Script startup exceeded CPU time limit\."):
                await hasty.inspect(code("while (true);"))
            assert (await patient.inspect(code("export default {}"))).exports == {"default": ()}
        finally:
            await host.close()

    asyncio.run(main())


def test_the_same_bytes_are_loaded_once(site: Site) -> None:
    upload = code("export default { fetch() {} } // for many tenants")
    first = inspect(site, upload)

    assert all(inspect(site, upload) is first for _ in range(20))


def test_a_broken_upload_leaves_others_serving(site: Site) -> None:
    site.source.publish("fine", "export default { fetch: () => new Response('fine') };")
    assert site.ask("fine").text == "fine"
    before = site.instance("fine")

    rejection(site, code("throw new Error('broken')"))

    assert site.ask("fine").text == "fine"
    assert site.instance("fine") is before
