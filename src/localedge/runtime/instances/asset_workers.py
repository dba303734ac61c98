"""The Workers that serve a version's static assets: Cloudflare's own, as Miniflare ships them.

The router Worker decides whether a request goes to the version's script or to its assets; the asset
Worker finds the file, by the manifest, and answers. Both are read from Miniflare's package. They
read files by digest from localedge's folder of contents, so that no version needs a copy.
"""

from pathlib import Path

from localedge.model import Json, StaticAssets, WorkerVersion
from localedge.runtime.instances import miniflare_modules
from localedge.state.assets.config import asset_worker_config, router_config
from localedge.state.assets.contents import place_of
from localedge.state.assets.manifest import encode

SHIM = Path(__file__).with_name("workers") / "assets.js"
DATE = "2024-07-31"
"""The compatibility date that Miniflare gives these two."""


def entry_worker(version: WorkerVersion) -> str:
    """Return the name of the Worker that takes a version's requests."""
    return f"localedge:router:{version.id}" if version.assets else version.id


def assets_worker(version: WorkerVersion) -> str:
    """Return the name of the Worker that a version's binding to its assets leads to."""
    return f"localedge:assets:{version.id}"


def asset_workers(version: WorkerVersion, contents: Path) -> list[dict[str, Json]]:
    """Return the Workers for the assets of a version, none where it has none.

    `contents` is the folder of the files.
    """
    if version.assets is None:
        return []
    return [_router(version, version.assets), _assets(version, version.assets, contents)]


def _router(version: WorkerVersion, assets: StaticAssets) -> dict[str, Json]:
    has_worker = bool(version.code.modules)
    script = {"USER_WORKER": version.id} if has_worker else {}
    return {
        "name": entry_worker(version),
        "modulesRoot": "/",
        "modules": [_of_miniflare("router.worker.js")],
        "compatibilityDate": DATE,
        "compatibilityFlags": ["nodejs_compat", "no_nodejs_compat_v2"],
        "bindings": {"CONFIG": router_config(assets.config, has_worker=has_worker)},
        "serviceBindings": {"ASSET_WORKER": assets_worker(version), **script},
    }


def _assets(version: WorkerVersion, assets: StaticAssets, contents: Path) -> dict[str, Json]:
    files = {it.hash: [place_of(it.digest), it.content_type] for it in assets.files.values()}
    manifest = encode({path: it.hash for path, it in assets.files.items()})
    config = asset_worker_config(
        assets.config, version.code.compatibility_date, version.code.compatibility_flags
    )
    return {
        "name": assets_worker(version),
        "modulesRoot": "/",
        "modules": [
            miniflare_modules.entry("localedge-assets.js", "ESModule", SHIM.read_bytes()),
            miniflare_modules.entry("manifest.bin", "Data", manifest),
            _of_miniflare("assets.worker.js"),
        ],
        "compatibilityDate": DATE,
        "compatibilityFlags": ["nodejs_compat"],
        "bindings": {"CONFIG": config, "FILES": files},
        "serviceBindings": {"CONTENTS": {"disk": {"path": str(contents), "writable": False}}},
    }


def _of_miniflare(file: str) -> Json:
    return {"type": "ESModule", "path": f"/{file}", "miniflare": f"assets/{file}"}
