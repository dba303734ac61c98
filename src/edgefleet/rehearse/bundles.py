"""Bundles for a rehearsal: one that is broken, and one that is new."""

import json
from posixpath import dirname, join, splitext

from edgefleet.cloudflare.worker.assets import AssetSet
from edgefleet.cloudflare.worker.bundle import Bundle, Module

JAVASCRIPT = "application/javascript+module"
WRAPPED = "edgefleet-rehearsal-good.js"
MOVED = "edgefleet-rehearsal-asset"
BROKEN = """import * as good from {module};
export * from {module};
const answer = () => new Response("broken on purpose", {{ status: 500 }});
const whole = good.default;
export default typeof whole === "function"
  ? class extends whole {{ fetch() {{ return answer(); }} }}
  : {{ ...whole, fetch: answer }};
"""
"""All that the Worker exports, its classes above all, but that its main handler fails."""


def broken(bundle: Bundle) -> Bundle:
    """Return a release that loads, and answers every request to its main handler with 500.

    Of static assets one file is left, under another name: what they answered is code's to answer
    then, or nothing's.
    """
    assets = tuple(_moved(one) for one in bundle.assets)
    if bundle.main_module is None:
        return bundle.model_copy(update={"assets": assets})
    main = next(module for module in bundle.modules if module.name == bundle.main_module)
    others = tuple(module for module in bundle.modules if module.name != bundle.main_module)
    # Beside the main module, so that what that imports stays where it is.
    content = BROKEN.format(module=json.dumps(f"./{WRAPPED}")).encode()
    return Bundle(
        main_module=bundle.main_module,
        builder=bundle.builder,
        modules=(
            Module(name=main.name, content_type=JAVASCRIPT, content=content),
            main.model_copy(update={"name": join(dirname(main.name), WRAPPED)}),
            *others,
        ),
        assets=assets,
    )


def next_release(bundle: Bundle) -> Bundle:
    """Return a release that behaves the same, and is another one by its bytes."""
    if bundle.main_module is None:
        more = tuple(
            one.model_copy(update={"files": (*one.files, *_moved(one).files)})
            for one in bundle.assets
        )
        return bundle.model_copy(update={"assets": more})
    changed = tuple(
        module.model_copy(update={"content": module.content + b"\n// the next release\n"})
        if module.name == bundle.main_module
        else module
        for module in bundle.modules
    )
    return bundle.model_copy(update={"modules": changed})


def _moved(assets: AssetSet) -> AssetSet:
    """Return assets of which one file is left, under a name that nothing asks for."""
    files = tuple(
        file.model_copy(update={"path": f"/{MOVED}{splitext(file.path)[1]}"})
        for file in assets.files[:1]
    )
    return assets.model_copy(update={"files": files, "headers": None, "redirects": None})
