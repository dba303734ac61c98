"""Inspects an upload in a separate workerd before it is accepted."""

import asyncio
import hashlib
import itertools
import json
import re
from collections import OrderedDict

import aiohttp

from localedge.model import Code, Inspection, Json, UploadRejected
from localedge.runtime.instances import miniflare_modules
from localedge.runtime.instances.contexts import outbound
from localedge.runtime.instances.miniflare_host import MiniflareHost
from localedge.runtime.instances.miniflare_options import WORKERS
from localedge.runtime.instances.node_process import InstanceFailed

_REMEMBERED = 256
_PREFIX = re.compile(r"^service core:user:inspect: ", re.MULTILINE)
_TOO_SLOW = "Script startup exceeded CPU time limit."


class WorkerdInspector:
    """Loads uploads, each in a throw-away workerd; the same bytes are loaded once.

    The upload runs without bindings. `seconds` is how long an upload may take to start, on the
    clock: Cloudflare allows one second of CPU time
    (https://developers.cloudflare.com/workers/platform/limits/#worker-startup-time), which a busy
    machine needs longer for.
    """

    def __init__(self, host: MiniflareHost, *, seconds: float = 10) -> None:
        self._host = host
        self._seconds = seconds
        self._numbers = itertools.count(1)
        self._known: OrderedDict[bytes, asyncio.Task[Inspection]] = OrderedDict()

    async def inspect(self, code: Code) -> Inspection:
        """Load `code` and return its exports; raise `UploadRejected` with workerd's message."""
        key = _digest(code)
        task = self._known.get(key)
        if task is None:
            task = self._known[key] = asyncio.create_task(self._load(code))
        self._known.move_to_end(key)
        if len(self._known) > _REMEMBERED:
            self._known.popitem(last=False)
        try:
            return await asyncio.shield(task)
        except Exception as failed:
            # A broken upload stays broken; a slow or broken machine may recover.
            if not isinstance(failed, UploadRejected) or str(failed) == _TOO_SLOW:
                self._known.pop(key, None)
            raise

    async def _load(self, code: Code) -> Inspection:
        worker = _wrapped(code)
        instance = f"inspect:{next(self._numbers)}"
        try:
            port = await self._host.start(instance, {"workers": [worker]}, self._seconds)
            async with aiohttp.request("GET", f"http://127.0.0.1:{port}/") as response:
                exports = await response.json()
        except TimeoutError:
            raise UploadRejected(_TOO_SLOW) from None
        except InstanceFailed as failed:
            raise UploadRejected(_message(str(failed))) from None
        finally:
            await self._host.stop(instance)
        return Inspection({name: tuple(found) for name, found in exports.items()})


def _wrapped(code: Code) -> dict[str, Json]:
    for module in code.modules:
        kind = miniflare_modules.media_type(module)
        if kind in miniflare_modules.PYTHON:
            raise UploadRejected(
                f"localedge does not run Python Workers ({module.name}): their interpreter is "
                "fetched from a Cloudflare host when they start"
            )
        if kind not in miniflare_modules.TYPES and kind != miniflare_modules.SOURCE_MAP:
            raise UploadRejected(f"No such module type: {module.content_type} ({module.name})")
    if code.main_module not in {module.name for module in code.modules}:
        raise UploadRejected(f'No such module "{code.main_module}".')
    worker = miniflare_modules.source(code)
    template = (WORKERS / "inspect.js").read_text()
    wrapper = template.replace('"./MAIN_MODULE"', json.dumps(f"./{code.main_module}"))
    main = miniflare_modules.entry("localedge-inspect.js", "ESModule", wrapper.encode())
    return {
        **worker,
        "name": "inspect",
        "modules": [main, *worker["modules"]],
        "outboundService": outbound(),
    }


def _message(stderr: str) -> str:
    """Return workerd's message in Cloudflare's form: no service name, no file URL."""
    return _PREFIX.sub("", stderr).replace("file:///", "").strip()


def _digest(code: Code) -> bytes:
    digest = hashlib.sha256()
    settings = (code.main_module, code.compatibility_date, *code.compatibility_flags)
    digest.update(repr(settings).encode())
    for module in code.modules:
        digest.update(repr((module.name, module.content_type, len(module.content))).encode())
        digest.update(module.content)
    return digest.digest()
