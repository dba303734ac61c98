"""Translates uploaded modules to Miniflare's."""

import base64

from localedge.model import Code, Json, Module

TYPES = {
    "application/javascript+module": "ESModule",
    "text/javascript+module": "ESModule",
    "application/javascript": "CommonJS",
    "text/javascript": "CommonJS",
    "application/wasm": "CompiledWasm",
    "application/octet-stream": "Data",
    "text/plain": "Text",
}
"""The content type of a module's part, and what workerd takes it for."""

PYTHON = ("text/x-python", "text/x-python-requirement")
SOURCE_MAP = "application/source-map"

_OLDEST_DATE = "2021-11-02"
"""What a Worker without a compatibility date gets
(https://developers.cloudflare.com/workers/configuration/compatibility-dates/)."""


def media_type(module: Module) -> str:
    """Return the module's content type without parameters such as a charset."""
    return module.content_type.partition(";")[0].strip().lower()


def entry(name: str, kind: str, content: bytes) -> Json:
    """Return one entry of Miniflare's `modules`; its content travels as base64."""
    return {"type": kind, "path": f"/{name}", "contents": base64.b64encode(content).decode()}


def source(code: Code) -> dict[str, Json]:
    """Return the part of a Miniflare worker that `code` determines, main module first.

    Source maps are not modules. Raises `KeyError` for a content type that is not in `TYPES`.
    """
    modules = [module for module in code.modules if media_type(module) != SOURCE_MAP]
    modules.sort(key=lambda module: module.name != code.main_module)
    return {
        "modulesRoot": "/",
        "modules": [entry(it.name, TYPES[media_type(it)], it.content) for it in modules],
        "compatibilityDate": code.compatibility_date or _OLDEST_DATE,
        "compatibilityFlags": list(code.compatibility_flags),
    }
